// SPDX-License-Identifier: MIT
#include "fleet/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "fleet/dispatch.h"

#include "base/banned.h"

enum { PEM_BYTES_MAX = 1 << 16, STACK_BYTES = 1 << 20, POOL_BYTES = 1 << 17, BACKLOG = 512 };

// Takes the URI before libmicrohttpd decodes it; the request lives until on_completed.
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct cluster *cluster = context;
    struct request *request = memory_alloc(sizeof *request);
    memset(request, 0, sizeof *request);
    request->cluster = cluster;
    request->connection = connection;
    request->uri = strdup(uri);
    buf_init(&request->body, REQUEST_BODY_MAX);
    long open = atomic_fetch_add(&cluster->counters->requests_open, 1) + 1;
    if (open > atomic_load(&cluster->counters->requests_peak)) {
        atomic_store(&cluster->counters->requests_peak, open);
    }
    return request;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct cluster *cluster = context;
    struct request *request = *state;
    (void)connection;
    (void)code;
    if (request == NULL) {
        return;
    }
    atomic_fetch_sub(&cluster->counters->requests_open, 1);
    fault_set_finish(&request->faults);
    buf_finish(&request->body);
    free(request->uri);
    free(request);
    *state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    struct cluster *cluster = context;
    (void)connection;
    (void)state;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        atomic_fetch_sub(&cluster->counters->connections_open, 1);
        return;
    }
    atomic_fetch_add(&cluster->counters->connections_total, 1);
    long open = atomic_fetch_add(&cluster->counters->connections_open, 1) + 1;
    if (open > atomic_load(&cluster->counters->connections_peak)) {
        atomic_store(&cluster->counters->connections_peak, open);
    }
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct request *request = *state;
    (void)context;
    (void)connection;
    (void)version;
    if (!request->started) {
        request->started = true;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        buf_add(&request->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    request->method = method;
    request->path = url;
    dispatch_request(request);
    return request->queued ? MHD_YES : MHD_NO;
}

static bool listen_on(struct cluster *cluster, int *ret_fd, struct error *error)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)cluster->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)cluster->port)};
    bool is_v4 = inet_pton(AF_INET, cluster->address, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, cluster->address, &v6.sin6_addr) != 1) {
        return error_set(error, ERROR_SETTINGS, "\"address\" is not an IP address: \"%s\"",
                         cluster->address);
    }
    struct sockaddr *address = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    socklen_t len = is_v4 ? sizeof v4 : sizeof v6;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, address, len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, address, &len) != 0) {
        int reason = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return error_set(error, ERROR_NETWORK, "cannot listen on %s port %d: %s", cluster->address,
                         cluster->port, strerror(reason));
    }
    cluster->port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
    *ret_fd = fd;
    return true;
}

static bool read_pem(const char *certs, const char *name, const char *suffix, char **ret,
                     struct error *error)
{
    char path[4096];
    struct buf text;
    buf_init(&text, PEM_BYTES_MAX);
    (void)snprintf(path, sizeof path, "%s/%s.%s", certs, name, suffix);
    bool read = file_read(path, PEM_BYTES_MAX, &text, error);
    *ret = read ? strdup(text.data) : NULL;
    buf_finish(&text);
    return read || error_prefix(error, "certificate (testbed/make-certs makes them)");
}

// libmicrohttpd and GnuTLS report every client that breaks off: nobody wants that on stderr.
static void drop_message(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

bool server_start(struct cluster *cluster, const char *certs, struct error *error)
{
    int fd = -1;
    if (!read_pem(certs, cluster->certificate, "pem", &cluster->certificate_pem, error) ||
        !read_pem(certs, cluster->certificate, "key", &cluster->key_pem, error) ||
        !listen_on(cluster, &fd, error)) {
        return error_prefix(error, "cluster %s", cluster->name);
    }
    unsigned flags = MHD_USE_TLS | MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ERROR_LOG;
    cluster->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, cluster, MHD_OPTION_EXTERNAL_LOGGER, drop_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_HTTPS_MEM_CERT, cluster->certificate_pem,
        MHD_OPTION_HTTPS_MEM_KEY, cluster->key_pem, MHD_OPTION_HTTPS_PRIORITIES,
        cluster->tls_priorities, MHD_OPTION_URI_LOG_CALLBACK, on_uri, cluster,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, cluster, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, cluster, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT, 8000U,
        MHD_OPTION_END);
    if (cluster->daemon == NULL) {
        (void)close(fd);
        return error_set(error, ERROR_INTERNAL,
                         "cluster %s: the HTTPS server does not start (certificate, key or "
                         "\"tls_priorities\")",
                         cluster->name);
    }
    return true;
}

void server_stop(struct cluster *cluster)
{
    if (cluster->daemon != NULL) {
        MHD_stop_daemon(cluster->daemon);
        cluster->daemon = NULL;
    }
}
