// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "codec/html.h"
#include "core/remedy.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// A value that all share; NULL once two differ.
struct common {
    const char *value;
    bool known;
};

static void common_add(struct common *common, const char *value)
{
    if (!common->known) {
        *common = (struct common){.value = value, .known = true};
    } else if (common->value == NULL || value == NULL || strcmp(common->value, value) != 0) {
        common->value = NULL;
    }
}

static const char *k10_namespace(const struct digest_input *input, size_t cluster)
{
    return cluster < input->cluster_count ? input->clusters[cluster].k10_namespace : NULL;
}

static struct remedy_context shared_context(const struct digest_input *input,
                                            const struct finding *const *findings, size_t count)
{
    struct common k10 = {0};
    struct common namespace_name = {0};
    struct common policy = {0};
    struct common profile = {0};
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = findings[i];
        common_add(&k10, k10_namespace(input, finding->cluster));
        common_add(&policy, finding->policy);
        common_add(&namespace_name, finding->namespace_count == 1 ? finding->namespaces[0] : NULL);
        if (finding->kind == OBJECT_PROFILE) {
            common_add(&profile, finding->name);
        }
        for (size_t j = 0; j < finding->action_count; j++) {
            const char *named = finding->actions[j]->profile;
            if (named != NULL && *named != '\0') { // a RunAction names none
                common_add(&profile, named);
            }
        }
    }
    return (struct remedy_context){
        .k10_namespace = k10.value,
        .namespace_name = namespace_name.value,
        .policy = policy.value,
        .profile = profile.value,
    };
}

const struct digest_remedy *digest_find_remedy(struct arena *arena,
                                               const struct digest_input *input,
                                               const struct finding *const *findings, size_t count)
{
    struct remedy_context context = shared_context(input, findings, count);
    struct remedy found;
    if (!remedy_find_first(arena, &findings[0]->causes, &context, &found)) {
        return NULL;
    }
    struct digest_remedy *remedy = arena_alloc(arena, sizeof *remedy);
    bool linked = found.link != NULL && html_url_is_safe(found.link);
    *remedy = (struct digest_remedy){
        .means = digest_clean(arena, found.means, DIGEST_SENTENCE_BYTES),
        .next_step = digest_clean(arena, found.next_step, DIGEST_SENTENCE_BYTES),
        .link = linked ? found.link : NULL,
    };
    return remedy;
}
