// SPDX-License-Identifier: MIT
#include "k10/error_fields.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

#include "base/banned.h"

#define MESSAGE ERROR_ROLE_MESSAGE
#define FALLBACK ERROR_ROLE_FALLBACK
#define CAUSE ERROR_ROLE_CAUSE
#define FIELDS ERROR_ROLE_FIELDS
#define PLACE ERROR_ROLE_PLACE
#define NOISE ERROR_ROLE_NOISE

#define ROW(name, role, kind, seen)                        \
    {                                                      \
        {(name), (role), (kind), (seen)}, sizeof(name) - 1 \
    }

static const struct {
    struct error_field field;
    size_t name_len;
} fields[] = {
    ROW("message", MESSAGE, NULL, "every K10 error; as a field it holds JSON of the data mover"),
    ROW("msg", MESSAGE, NULL, "log-like JSON"),
    ROW("errorMessage", MESSAGE, NULL, "storage drivers' JSON"),

    ROW("reason", FALLBACK, NULL, "Kubernetes Status without a message"),
    ROW("description", FALLBACK, NULL, "storage drivers' JSON"),
    ROW("detail", FALLBACK, NULL, "storage drivers' JSON"),
    ROW("title", FALLBACK, NULL, "storage drivers' JSON"),

    ROW("cause", CAUSE, NULL, "every K10 error"),
    ROW("causes", CAUSE, NULL, "Kubernetes Status details"),
    ROW("error", CAUSE, NULL, "status.error; log-like JSON"),
    ROW("errors", CAUSE, NULL, "lists of errors, phases of /details"),
    ROW("err", CAUSE, NULL, "elements of FailedSubPhases"),
    ROW("exceptions", CAUSE, NULL, "actions that are Complete"),
    ROW("exception", CAUSE, NULL, "the same, one"),
    ROW("FailedSubPhases", CAUSE, NULL, "runs: one element per namespace or volume"),
    ROW("stderr", CAUSE, NULL, "a command's output in a field"),
    ROW("output", CAUSE, NULL, "a command's output in a field"),
    ROW("logs", CAUSE, NULL, "a pod's log in a field"),

    ROW("fields", FIELDS, NULL, "K10's own errors"),
    ROW("details", FIELDS, NULL, "the newer error library"),

    ROW("appNamespace", PLACE, "namespace", "exports"),
    ROW("namespace", PLACE, "namespace", "blueprint errors"),
    ROW("applicationNamespace", PLACE, "namespace", "exports"),
    ROW("targetNamespace", PLACE, "namespace", "restores"),
    ROW("subject", PLACE, "namespace", "exceptions: JSON with app.namespace.name"),
    ROW("appName", PLACE, "application", "exports"),
    ROW("application", PLACE, "application", "exports"),
    ROW("app", PLACE, "application", "exceptions"),
    ROW("workload", PLACE, "workload", "snapshots of a workload"),
    ROW("workloadName", PLACE, "workload", "snapshots of a workload"),
    ROW("virtualMachine", PLACE, "virtual machine", "KubeVirt"),
    ROW("pvc", PLACE, "volume", "snapshots of a volume"),
    ROW("pvcName", PLACE, "volume", "snapshots of a volume"),
    ROW("persistentVolumeClaim", PLACE, "volume", "snapshots of a volume"),
    ROW("volume", PLACE, "volume", "snapshots of a volume"),
    ROW("volumeName", PLACE, "volume", "snapshots of a volume"),
    ROW("pv", PLACE, "volume", "snapshots of a volume"),
    ROW("pod", PLACE, "pod", "blueprint jobs"),
    ROW("podName", PLACE, "pod", "blueprint jobs"),
    ROW("node", PLACE, "node", "worker pods"),
    ROW("nodeName", PLACE, "node", "worker pods"),
    ROW("profile", PLACE, "profile", "exports"),
    ROW("profileName", PLACE, "profile", "exports"),
    ROW("dataSource", PLACE, "source", "data mover"),

    ROW("function", NOISE, NULL, "every K10 error"),
    ROW("file", NOISE, NULL, "every K10 error"),
    ROW("line", NOISE, NULL, "the newer error library"),
    ROW("linenumber", NOISE, NULL, "every K10 error"),
    ROW("stack", NOISE, NULL, "Go stack traces"),
    ROW("stacktrace", NOISE, NULL, "Go stack traces"),
    ROW("actionSet", NOISE, NULL, "kilobytes of a Kanister object"),
    ROW("blueprint", NOISE, NULL, "a Kanister object"),
    ROW("spec", NOISE, NULL, "an object beside its error"),
    ROW("metadata", NOISE, NULL, "an object beside its error"),
    ROW("artifacts", NOISE, NULL, "what a phase made"),
    ROW("manifest", NOISE, NULL, "what a phase made"),
    ROW("policySpec", NOISE, NULL, "status of a RunAction"),
    ROW("stdout", NOISE, NULL, "a command's progress"),
};

const struct error_field *error_field_find(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].name_len == len && ascii_lower(*fields[i].field.name) == ascii_lower(*name) &&
            strcasecmp(fields[i].field.name, name) == 0) {
            return &fields[i].field;
        }
    }
    return NULL;
}
