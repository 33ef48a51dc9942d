// SPDX-License-Identifier: MIT
// A scripted server on loopback for tests: each connection runs a serve function in a thread of its
// own, which reads, sends and breaks off as it likes, over TCP or TLS. No fixed ports, no sleeps.
// Certificates are made on the spot. Trouble of the server itself ends the test program.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct net_identity; // a certificate and its key

// A self-signed CA.
struct net_identity *net_identity_create_ca(const char *name);

// One that expires so many seconds from now.
struct net_identity *net_identity_create_ca_until(const char *name, long until_seconds);

// A certificate signed by ca for names ("DNS:localhost,IP:127.0.0.1"), valid from and until so many
// seconds from now.
struct net_identity *net_identity_create(const struct net_identity *ca, const char *names,
                                         long from_seconds, long until_seconds);

void net_identity_destroy(struct net_identity *identity);
DEFINE_CLEANUP_PTR(net_identity, net_identity_destroy)

// The certificate as PEM; lives as long as the identity.
const char *net_identity_pem(const struct net_identity *identity);

struct net_peer; // one connection, as its serve function sees it

struct net_server_options {
    const struct net_identity *identity; // NULL: no TLS at all
    bool plain_start;                    // TLS only after net_peer_start_tls
    int max_tls_version;                 // TLS1_1_VERSION ...; 0: any
    void (*serve)(struct net_peer *peer, void *context);
    void *context;
};

struct net_server;

struct net_server *net_server_start(const struct net_server_options *options);

// Ends all connections and threads.
void net_server_stop(struct net_server *server);
DEFINE_CLEANUP_PTR(net_server, net_server_stop)

unsigned net_server_port(const struct net_server *server);

// Connections accepted so far, and the most that were open at once.
unsigned net_server_connections(struct net_server *server);
unsigned net_server_most_open(struct net_server *server);

// True when the bytes were received, on any connection.
bool net_server_received(struct net_server *server, const char *text);

// How many times.
unsigned net_server_received_count(struct net_server *server, const char *text);

// 0 for the first connection of the server.
unsigned net_peer_number(const struct net_peer *peer);

// Server side of the handshake; false when it failed.
bool net_peer_start_tls(struct net_peer *peer) MUST_USE;

// Reads up to and with the next end mark into text (NUL-terminated, cut to size); false when the
// client closed before.
bool net_peer_read(struct net_peer *peer, const char *end, char *text, size_t size) MUST_USE;

// False when the client is gone.
bool net_peer_send_bytes(struct net_peer *peer, const char *bytes, size_t len);
bool net_peer_send(struct net_peer *peer, const char *text);

// Waits until the client closes.
void net_peer_wait_closed(struct net_peer *peer);

// The connection will end with a reset instead of an orderly close.
void net_peer_reset(struct net_peer *peer);
