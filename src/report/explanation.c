// SPDX-License-Identifier: MIT
#include "report/explanation.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "codec/json.h"

#include "base/banned.h"

enum { MAX_DEPTH = ROOT_CAUSE_MAX_DEPTH, MAX_INDENT = 24 };

// True when the cause's sentence holds what this statement says.
static bool is_named(const struct cause_list *causes, const char *text, enum statement_class class)
{
    for (size_t i = 0; i < causes->count && *text != '\0'; i++) {
        bool fits = causes->items[i].informative == (class == STATEMENT_INFORMATIVE);
        if (fits && strstr(causes->items[i].text, text) != NULL) {
            return true;
        }
    }
    return false;
}

static void write_statement(struct arena *arena, const struct statement *statement,
                            const char *text, const struct cause_list *causes, size_t depth,
                            struct buf *out)
{
    enum statement_class class = root_cause_classify(text);
    size_t indent = depth < MAX_INDENT ? depth : MAX_INDENT;
    buf_add_format(out, "  %s %-11s  %*s%s", is_named(causes, text, class) ? "*" : " ",
                   root_cause_class_name(class), (int)(2 * indent), "", text);
    if (statement->where != NULL && *statement->where != '\0') {
        buf_add_format(out, "  [%s]", root_cause_mask(arena, statement->where));
    }
    buf_add_text(out, statement->truncated ? "  (truncated)\n" : "\n");
}

// Statements that only hold others (a list, a field) have no line of their own.
static void write_tree(struct arena *arena, const struct statement *tree,
                       const struct cause_list *causes, size_t depth, struct buf *out)
{
    for (; tree != NULL && depth < MAX_DEPTH; tree = tree->next_sibling) {
        const char *text = root_cause_clean(arena, tree->message);
        if (*text != '\0') {
            write_statement(arena, tree, text, causes, depth, out);
        }
        write_tree(arena, tree->first_child, causes, depth + (*text != '\0' ? 1 : 0), out);
    }
}

void explanation_write_text(struct arena *arena, const struct explanation *explanation,
                            struct buf *out)
{
    buf_add_text(out, explanation->title);
    if (*explanation->state != '\0') {
        buf_add_format(out, ": %s", explanation->state);
    }
    buf_add_text(out, "\n");
    if (explanation->tree == NULL) {
        buf_add_text(out, "  K10 stored no error.\n");
    }
    write_tree(arena, explanation->tree, &explanation->causes, 0, out);
    if (explanation->details != NULL) {
        buf_add_text(out, "  in its details:\n");
        write_tree(arena, explanation->details, &explanation->causes, 0, out);
    }
    for (size_t i = 0; i < explanation->causes.count; i++) {
        const struct cause *cause = &explanation->causes.items[i];
        buf_add_format(out, "Cause:     %s%s%s%s\n", cause->text, *cause->where != '\0' ? " (" : "",
                       cause->where, *cause->where != '\0' ? ")" : "");
    }
    if (explanation->remedy.id != NULL) {
        buf_add_format(out, "Means:     %s\nNext step: %s\n", explanation->remedy.means,
                       explanation->remedy.next_step);
        if (explanation->remedy.link != NULL) {
            buf_add_format(out, "           %s\n", explanation->remedy.link);
        }
    }
}

static struct json *tree_as_json(struct arena *arena, const struct statement *tree,
                                 const struct cause_list *causes, size_t depth)
{
    struct json *list = json_new_array();
    for (; tree != NULL && depth < MAX_DEPTH; tree = tree->next_sibling) {
        const char *text = root_cause_clean(arena, tree->message);
        enum statement_class class = root_cause_classify(text);
        struct json *statement = json_new_object();
        json_set_text(statement, "message", text);
        json_set_text(statement, "class", root_cause_class_name(class));
        json_set(statement, "named", json_new_bool(is_named(causes, text, class)));
        if (tree->where != NULL && *tree->where != '\0') {
            json_set_text(statement, "where", root_cause_mask(arena, tree->where));
        }
        json_set(statement, "truncated", json_new_bool(tree->truncated));
        json_set(statement, "causes", tree_as_json(arena, tree->first_child, causes, depth + 1));
        json_append(list, statement);
    }
    return list;
}

static struct json *causes_as_json(const struct cause_list *causes)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < causes->count; i++) {
        const struct cause *item = &causes->items[i];
        struct json *cause = json_new_object();
        json_set_text(cause, "text", item->text);
        json_set_text(cause, "where", item->where);
        json_set(cause, "informative", json_new_bool(item->informative));
        json_set(cause, "truncated", json_new_bool(item->truncated));
        json_append(list, cause);
    }
    return list;
}

static struct json *remedy_as_json(const struct remedy *remedy)
{
    struct json *object = json_new_object();
    json_set_text(object, "id", remedy->id);
    json_set_text(object, "means", remedy->means);
    json_set_text(object, "nextStep", remedy->next_step);
    if (remedy->link != NULL) {
        json_set_text(object, "link", remedy->link);
    }
    return object;
}

void explanation_write_mail(const struct explanation_mail *mail, struct buf *out)
{
    for (size_t i = 0; i < mail->count; i++) {
        buf_add_text(out, i == 0 ? "mail: " : "      ");
        utf8_clean(out, mail->sentences[i], strlen(mail->sentences[i]));
        buf_add_char(out, '\n');
    }
}

static struct json *mail_as_json(const struct explanation_mail *mail)
{
    struct json *object = json_new_object();
    struct json *sentences = json_new_array();
    for (size_t i = 0; i < mail->count; i++) {
        json_append(sentences, json_new_text(mail->sentences[i]));
    }
    json_set_text(object, "why", mail->word);
    json_set(object, "sentences", sentences);
    return object;
}

void explanation_write_json(struct arena *arena, const struct explanation *explanations,
                            size_t count, const struct explanation_mail *mail, struct buf *out)
{
    AUTO_PTR(json) root = json_new_object();
    struct json *list = json_new_array();
    for (size_t i = 0; i < count; i++) {
        const struct explanation *source = &explanations[i];
        struct json *object = json_new_object();
        json_set_text(object, "title", source->title);
        json_set_text(object, "state", source->state);
        json_set(object, "causes", causes_as_json(&source->causes));
        if (source->remedy.id != NULL) {
            json_set(object, "remedy", remedy_as_json(&source->remedy));
        }
        json_set(object, "statements", tree_as_json(arena, source->tree, &source->causes, 0));
        if (source->details != NULL) {
            json_set(object, "details", tree_as_json(arena, source->details, &source->causes, 0));
        }
        json_append(list, object);
    }
    json_set(root, "explanations", list);
    if (mail != NULL) {
        json_set(root, "mail", mail_as_json(mail));
    }
    json_write(root, JSON_PRETTY, out);
    buf_add_char(out, '\n');
}
