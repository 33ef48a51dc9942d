// SPDX-License-Identifier: MIT
// Answers of web servers and object stores that a program put into its error: HTML pages and XML
// errors.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

// Appends text with the page in it replaced by what it says: the title of HTML, else its words;
// Code and Message of XML. False, nothing appended, when there is no page in the text.
bool cause_markup_replace(struct buf *out, const char *text, size_t len);
