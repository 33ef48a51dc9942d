// SPDX-License-Identifier: MIT
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "support/net_identity.h"

static void check(bool good)
{
    if (!good) {
        abort();
    }
}

static void add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    check(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static char *pem_of(X509 *certificate)
{
    BIO *memory = BIO_new(BIO_s_mem());
    check(memory != NULL && PEM_write_bio_X509(memory, certificate) == 1);
    char *bytes;
    long len = BIO_get_mem_data(memory, &bytes);
    char *text = calloc(1, (size_t)len + 1);
    check(text != NULL);
    memcpy(text, bytes, (size_t)len);
    BIO_free(memory);
    return text;
}

// OpenSSL tells certificates apart by issuer and serial number.
static void set_serial(X509 *certificate)
{
    uint64_t serial;
    check(RAND_bytes((unsigned char *)&serial, sizeof serial) == 1);
    check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 2) == 1);
}

static struct net_identity *create(const char *name, const struct net_identity *ca,
                                   const char *names, long from_seconds, long until_seconds)
{
    struct net_identity *identity = calloc(1, sizeof *identity);
    check(identity != NULL);
    identity->key = EVP_EC_gen("P-256");
    identity->certificate = X509_new();
    X509 *certificate = identity->certificate;
    X509 *issuer = ca != NULL ? ca->certificate : certificate;
    check(identity->key != NULL && certificate != NULL);
    check(X509_set_version(certificate, X509_VERSION_3) == 1);
    set_serial(certificate);
    check(X509_gmtime_adj(X509_getm_notBefore(certificate), from_seconds) != NULL);
    check(X509_gmtime_adj(X509_getm_notAfter(certificate), until_seconds) != NULL);
    check(X509_set_pubkey(certificate, identity->key) == 1);
    check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                     (const unsigned char *)name, -1, -1, 0) == 1);
    check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_basic_constraints,
                  ca == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (names != NULL) {
        add_extension(certificate, issuer, NID_subject_alt_name, names);
    }
    check(X509_sign(certificate, ca != NULL ? ca->key : identity->key, EVP_sha256()) != 0);
    identity->pem = pem_of(certificate);
    return identity;
}

struct net_identity *net_identity_create_ca(const char *name)
{
    return net_identity_create_ca_until(name, 86400);
}

struct net_identity *net_identity_create_ca_until(const char *name, long until_seconds)
{
    return create(name, NULL, NULL, -7200, until_seconds);
}

struct net_identity *net_identity_create(const struct net_identity *ca, const char *names,
                                         long from_seconds, long until_seconds)
{
    return create("test server", ca, names, from_seconds, until_seconds);
}

void net_identity_destroy(struct net_identity *identity)
{
    if (identity != NULL) {
        EVP_PKEY_free(identity->key);
        X509_free(identity->certificate);
        free(identity->pem);
        free(identity);
    }
}

const char *net_identity_pem(const struct net_identity *identity)
{
    return identity->pem;
}
