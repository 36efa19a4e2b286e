// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - the configuration: values of the file and the kernel command line, and the defaults
 * In: the text of the file, words KEY=VALUE.  Out: the value of each key and its source, the
 * targets in their order; a message for each error.  The command line overrides the file, and the
 * file overrides the default.  A bad value is ignored.
 * No system call, no allocation.
 * Does not know: the origin of the text, the use of a value.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "target.h"

#define SHOWN_BYTES 200u /* a longer text is not quoted in a message */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void config_init(struct config *c, const char *file, config_report *report, void *arg)
{
	memset(c, 0, sizeof(*c));
	c->file = file;
	c->report = report;
	c->arg = arg;
}

/* ---- messages -------------------------------------------------------------------------- */

/* Reports an error in line @line; 0: in a word of the kernel command line. */
static void __attribute__((format(printf, 3, 4)))
report(struct config *c, unsigned int line, const char *fmt, ...)
{
	char message[CONFIG_MESSAGE_BYTES];
	va_list ap;
	int n;

	if (line)
		n = snprintf(message, sizeof(message), "%s, line %u: ", c->file, line);
	else
		n = snprintf(message, sizeof(message), "kernel command line: ");
	if (n < 0 || (size_t)n >= sizeof(message))
		n = 0;
	va_start(ap, fmt);
	vsnprintf(message + n, sizeof(message) - (size_t)n, fmt, ap);
	va_end(ap);
	for (char *p = message; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	c->nr_errors++;
	c->report(c->arg, message);
}

/*
 * Write @text to @out, which has SHOWN_BYTES + 1 bytes; if @text is longer, write its length.
 * Returns @out.
 */
static const char *shown(const char *text, size_t bytes, char *out)
{
	if (bytes > SHOWN_BYTES) {
		snprintf(out, SHOWN_BYTES + 1, "(%zu characters)", bytes);
	} else {
		memcpy(out, text, bytes);
		out[bytes] = '\0';
	}
	return out;
}

static void report_unknown(struct config *c, unsigned int line, const char *name, size_t bytes)
{
	char copy[SHOWN_BYTES + 1], all[512];
	size_t used = 0;

	for (size_t i = 0; i < KEYS_NR; i++) {
		if (line == 0 && !keys_table[i].cmdline)
			continue;
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "",
					 keys_table[i].name);
	}
	report(c, line, "the key '%s' is not known (accepted: %s)", shown(name, bytes, copy), all);
}

static void report_clash(struct config *c, unsigned int line, const char *compress)
{
	report(c, line,
	       "compress: %s cannot be used with format = elf, which is not compressed (accepted: "
	       "none)",
	       compress);
}

/* ---- one value ------------------------------------------------------------------------- */

/* True when @format and @compress exclude each other; NULL: the key is not set. */
static bool clash(const char *format, const char *compress)
{
	return format && compress && strcmp(format, "elf") == 0 && strcmp(compress, "none") != 0;
}

/* True when @key accepts @text; otherwise the error is reported. */
static bool check(struct config *c, unsigned int line, const struct keys_key *key, const char *text)
{
	char copy[SHOWN_BYTES + 1];
	struct target target;
	const char *why;

	if (key->type == KEYS_TYPE_TARGET) {
		why = target_parse(&target, text);
		if (why)
			report(c, line, "target: %s (accepted: %s)", why, target_form(text));
		return !why;
	}
	if (keys_accepts(key, text))
		return true;
	report(c, line, "%s: '%s' is not accepted (accepted: %s)", key->name,
	       shown(text, strlen(text), copy), key->accepted);
	return false;
}

static void add_target(struct config *c, const struct config_value *value)
{
	/* a target of the command line replaces all targets of the file */
	if (c->nr_targets && c->target[0].source < value->source)
		c->nr_targets = 0;
	if (c->nr_targets == CONFIG_TARGETS_MAX)
		report(c, value->line, "target: there are more than %u targets",
		       CONFIG_TARGETS_MAX);
	else
		c->target[c->nr_targets++] = *value;
}

/* ---- the file -------------------------------------------------------------------------- */

static void take_line(struct config *c, unsigned int line, const struct keys_key *key, char *text)
{
	const struct config_value value = {text, CONFIG_FROM_FILE, line};
	const enum keys_id id = keys_id(key);
	const char *format = id == KEYS_FORMAT ? text : c->value[KEYS_FORMAT].text;
	const char *compress = id == KEYS_COMPRESS ? text : c->value[KEYS_COMPRESS].text;

	if (!check(c, line, key, text))
		c->bad[id] = true;
	else if (key->repeats)
		add_target(c, &value);
	else if (c->value[id].text)
		report(c, line, "%s is set twice, the first time in line %u", key->name,
		       c->value[id].line);
	else if (clash(format, compress))
		report_clash(c, line, compress);
	else
		c->value[id] = value;
}

/* Parse one line of @bytes; the byte after it is writable. */
static void read_line(struct config *c, unsigned int number, char *line, size_t bytes)
{
	char *end = line + bytes, *equals, *key_end;
	const struct keys_key *key;

	for (char *p = line; p < end; p++)
		if (*p == '#' && (p == line || is_blank(p[-1])))
			end = p;
	while (line < end && is_blank(*line))
		line++;
	while (end > line && is_blank(end[-1]))
		end--;
	if (line == end)
		return;
	if (memchr(line, '\0', (size_t)(end - line))) {
		report(c, number, "the line has a NUL character");
		return;
	}
	equals = memchr(line, '=', (size_t)(end - line));
	if (!equals) {
		report(c, number, "the line has no '=' (accepted: key = value)");
		return;
	}
	key_end = equals++;
	while (key_end > line && is_blank(key_end[-1]))
		key_end--;
	while (equals < end && is_blank(*equals))
		equals++;
	*end = '\0';
	key = keys_find(line, (size_t)(key_end - line));
	if (key)
		take_line(c, number, key, equals);
	else
		report_unknown(c, number, line, (size_t)(key_end - line));
}

void config_file(struct config *c, char *text, size_t bytes)
{
	char *end = text + bytes;

	for (unsigned int line = 1; text < end; line++) {
		char *next = memchr(text, '\n', (size_t)(end - text));

		next = next ? next : end;
		read_line(c, line, text, (size_t)(next - text));
		text = next + 1;
	}
}

bool config_sets_nothing(const struct config *c)
{
	for (int i = 0; i < KEYS_NR; i++)
		if (c->value[i].text)
			return false;
	return c->nr_targets == 0;
}

void config_fallback(struct config *c, const struct config *copy)
{
	struct config_value *compress = &c->value[KEYS_COMPRESS];

	for (int i = 0; i < KEYS_NR; i++)
		if (c->bad[i] && !c->value[i].text)
			c->value[i] = copy->value[i];
	if (clash(c->value[KEYS_FORMAT].text, compress->text))
		compress->text = NULL;
	if (c->nr_targets || !c->bad[KEYS_TARGET])
		return;
	memcpy(c->target, copy->target, sizeof(c->target));
	c->nr_targets = copy->nr_targets;
}

/* ---- the kernel command line, the result ----------------------------------------------- */

void config_word(struct config *c, const char *word)
{
	const size_t n = strcspn(word, "=");
	const struct keys_key *key = keys_find(word, n);
	const struct config_value value = {word + n + 1, CONFIG_FROM_CMDLINE, 0};

	if (!key)
		report_unknown(c, 0, word, n);
	else if (!key->cmdline)
		report(c, 0, "%s is accepted in %s only", key->name, c->file);
	else if (!word[n])
		report(c, 0, "%s has no value (accepted: %s)", key->name, key->accepted);
	else if (!check(c, 0, key, value.text))
		return;
	else if (key->repeats)
		add_target(c, &value);
	else
		c->value[keys_id(key)] = value;
}

static bool has_target(const struct config *c, const char *text)
{
	for (unsigned int i = 0; i < c->nr_targets; i++)
		if (strcmp(c->target[i].text, text) == 0)
			return true;
	return false;
}

void config_finish(struct config *c)
{
	const char *last = keys_table[KEYS_TARGET].usual;
	struct config_value *compress = &c->value[KEYS_COMPRESS];

	if (clash(c->value[KEYS_FORMAT].text, compress->text)) {
		/* the command line caused it: config_file() rejects a conflict within the file */
		report_clash(c, 0, compress->text);
		compress->text = "none";
	}
	c->nr_explicit = c->nr_targets;
	if (c->nr_targets && (has_target(c, "none") || has_target(c, last) ||
			      strcmp(config_get(c, KEYS_FALLBACK), "none") == 0))
		return;
	c->target[c->nr_targets++] = (struct config_value){last, CONFIG_DEFAULT, 0};
}

const char *config_get(const struct config *c, enum keys_id id)
{
	if (c->value[id].text)
		return c->value[id].text;
	return keys_table[id].usual ? keys_table[id].usual : "";
}
