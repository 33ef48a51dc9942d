// SPDX-License-Identifier: MIT
// The inside of a test certificate, for the test server alone.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "support/net_server.h"

struct net_identity {
    EVP_PKEY *key;
    X509 *certificate;
    char *pem;
};
