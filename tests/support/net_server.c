// SPDX-License-Identifier: MIT
#include "support/net_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/net_identity.h"

enum { MAX_PEERS = 256, READ_TIMEOUT_SECONDS = 20, PEER_BUFFER = 64 * 1024 };

struct net_peer {
    struct net_server *server;
    unsigned number;
    int socket;
    SSL *ssl;
    bool reset;
    char buffer[PEER_BUFFER];
    size_t len;
    pthread_t thread;
};

struct net_server {
    struct net_server_options options;
    SSL_CTX *tls;
    int listener;
    unsigned port;
    pthread_t thread;
    pthread_mutex_t lock;
    struct net_peer *peers[MAX_PEERS];
    unsigned peer_count;
    unsigned open_count;
    unsigned most_open;
    char *received;
    size_t received_len;
};

static void check(bool good)
{
    if (!good) {
        abort();
    }
}

static void note_received(struct net_server *server, const char *bytes, size_t len)
{
    pthread_mutex_lock(&server->lock);
    server->received = realloc(server->received, server->received_len + len + 1);
    check(server->received != NULL);
    memcpy(server->received + server->received_len, bytes, len);
    server->received_len += len;
    server->received[server->received_len] = '\0';
    pthread_mutex_unlock(&server->lock);
}

static ssize_t read_some(struct net_peer *peer, char *bytes, size_t size)
{
    ssize_t len = peer->ssl != NULL ? SSL_read(peer->ssl, bytes, (int)size)
                                    : recv(peer->socket, bytes, size, 0);
    ERR_clear_error();
    if (len > 0) {
        note_received(peer->server, bytes, (size_t)len);
    }
    return len;
}

unsigned net_peer_number(const struct net_peer *peer)
{
    return peer->number;
}

bool net_peer_start_tls(struct net_peer *peer)
{
    peer->ssl = SSL_new(peer->server->tls);
    check(peer->ssl != NULL && SSL_set_fd(peer->ssl, peer->socket) == 1);
    bool good = SSL_accept(peer->ssl) == 1;
    ERR_clear_error();
    return good;
}

bool net_peer_read(struct net_peer *peer, const char *end, char *text, size_t size)
{
    size_t end_len = strlen(end);
    for (;;) {
        char *found = memmem(peer->buffer, peer->len, end, end_len);
        if (found != NULL) {
            size_t len = (size_t)(found - peer->buffer) + end_len;
            size_t kept = len < size ? len : size - 1;
            memcpy(text, peer->buffer, kept);
            text[kept] = '\0';
            memmove(peer->buffer, peer->buffer + len, peer->len - len);
            peer->len -= len;
            return true;
        }
        // A long message: only its end matters for finding the mark.
        if (peer->len == sizeof peer->buffer) {
            memmove(peer->buffer, peer->buffer + peer->len / 2, peer->len - peer->len / 2);
            peer->len -= peer->len / 2;
        }
        ssize_t len = read_some(peer, peer->buffer + peer->len, sizeof peer->buffer - peer->len);
        if (len <= 0) {
            return false;
        }
        peer->len += (size_t)len;
    }
}

bool net_peer_send_bytes(struct net_peer *peer, const char *bytes, size_t len)
{
    while (len > 0) {
        int part = len < 16384 ? (int)len : 16384;
        ssize_t sent = peer->ssl != NULL ? SSL_write(peer->ssl, bytes, part)
                                         : send(peer->socket, bytes, (size_t)part, MSG_NOSIGNAL);
        ERR_clear_error();
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

bool net_peer_send(struct net_peer *peer, const char *text)
{
    return net_peer_send_bytes(peer, text, strlen(text));
}

void net_peer_wait_closed(struct net_peer *peer)
{
    char bytes[4096];
    while (read_some(peer, bytes, sizeof bytes) > 0) {
    }
}

void net_peer_reset(struct net_peer *peer)
{
    peer->reset = true;
}

static void close_peer(struct net_peer *peer)
{
    if (peer->reset) {
        struct linger linger = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(peer->socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    } else if (peer->ssl != NULL) {
        (void)SSL_shutdown(peer->ssl);
    }
    SSL_free(peer->ssl);
    ERR_clear_error();
    pthread_mutex_lock(&peer->server->lock);
    // Unread bytes would turn the close into a reset on loopback.
    if (!peer->reset) {
        (void)shutdown(peer->socket, SHUT_WR);
        char bytes[4096];
        while (recv(peer->socket, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
        }
    }
    close(peer->socket);
    peer->socket = -1;
    peer->server->open_count--;
    pthread_mutex_unlock(&peer->server->lock);
}

static void *run_peer(void *argument)
{
    struct net_peer *peer = argument;
    const struct net_server_options *options = &peer->server->options;
    bool tls_now = options->identity != NULL && !options->plain_start;
    if (!tls_now || net_peer_start_tls(peer)) {
        options->serve(peer, options->context);
    }
    close_peer(peer);
    return NULL;
}

static void add_peer(struct net_server *server, int socket)
{
    struct timeval limit = {.tv_sec = READ_TIMEOUT_SECONDS};
    (void)setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct net_peer *peer = calloc(1, sizeof *peer);
    check(peer != NULL);
    pthread_mutex_lock(&server->lock);
    check(server->peer_count < MAX_PEERS);
    peer->server = server;
    peer->socket = socket;
    peer->number = server->peer_count;
    server->peers[server->peer_count++] = peer;
    server->open_count++;
    server->most_open =
        server->open_count > server->most_open ? server->open_count : server->most_open;
    check(pthread_create(&peer->thread, NULL, run_peer, peer) == 0);
    pthread_mutex_unlock(&server->lock);
}

static void *run_server(void *argument)
{
    struct net_server *server = argument;
    for (;;) {
        int socket = accept(server->listener, NULL, NULL);
        if (socket < 0) {
            return NULL;
        }
        add_peer(server, socket);
    }
}

static SSL_CTX *create_tls(const struct net_server_options *options)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    check(tls != NULL);
    check(SSL_CTX_use_certificate(tls, options->identity->certificate) == 1);
    check(SSL_CTX_use_PrivateKey(tls, options->identity->key) == 1);
    if (options->max_tls_version != 0) {
        check(SSL_CTX_set_min_proto_version(tls, 0) == 1);
        check(SSL_CTX_set_max_proto_version(tls, options->max_tls_version) == 1);
    }
    return tls;
}

static void open_listener(struct net_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(server->listener >= 0);
    check(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0);
    check(listen(server->listener, 128) == 0);
    check(getsockname(server->listener, (struct sockaddr *)&address, &len) == 0);
    server->port = ntohs(address.sin_port);
}

struct net_server *net_server_start(const struct net_server_options *options)
{
    struct net_server *server = calloc(1, sizeof *server);
    check(server != NULL);
    server->options = *options;
    server->tls = options->identity != NULL ? create_tls(options) : NULL;
    check(pthread_mutex_init(&server->lock, NULL) == 0);
    open_listener(server);
    // Only the server's threads ignore SIGPIPE: in the client it must not come at all.
    sigset_t pipe_signal;
    sigset_t before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    check(pthread_sigmask(SIG_BLOCK, &pipe_signal, &before) == 0);
    check(pthread_create(&server->thread, NULL, run_server, server) == 0);
    check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return server;
}

void net_server_stop(struct net_server *server)
{
    if (server == NULL) {
        return;
    }
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->peer_count; i++) {
        if (server->peers[i]->socket >= 0) {
            (void)shutdown(server->peers[i]->socket, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&server->lock);
    for (unsigned i = 0; i < server->peer_count; i++) {
        (void)pthread_join(server->peers[i]->thread, NULL);
        free(server->peers[i]);
    }
    SSL_CTX_free(server->tls);
    (void)pthread_mutex_destroy(&server->lock);
    free(server->received);
    free(server);
}

unsigned net_server_port(const struct net_server *server)
{
    return server->port;
}

unsigned net_server_connections(struct net_server *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned count = server->peer_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

unsigned net_server_most_open(struct net_server *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned count = server->most_open;
    pthread_mutex_unlock(&server->lock);
    return count;
}

unsigned net_server_received_count(struct net_server *server, const char *text)
{
    unsigned count = 0;
    size_t text_len = strlen(text);
    pthread_mutex_lock(&server->lock);
    const char *at = server->received;
    const char *end = at != NULL ? at + server->received_len : NULL;
    while (at != NULL && (at = memmem(at, (size_t)(end - at), text, text_len)) != NULL) {
        count++;
        at += text_len;
    }
    pthread_mutex_unlock(&server->lock);
    return count;
}

bool net_server_received(struct net_server *server, const char *text)
{
    return net_server_received_count(server, text) > 0;
}
