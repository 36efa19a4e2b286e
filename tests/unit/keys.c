// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keys.c - the table of keys: the accepted values of each key, and no missing fields
 */
#include "unit.h"

#include "config/keys.h"

struct row {
	enum keys_id id;
	const char *value;
	bool good;
};

static const struct row rows[] = {
	{KEYS_FALLBACK, "dir", true},
	{KEYS_FALLBACK, "none", true},
	{KEYS_FALLBACK, "", false},
	{KEYS_FALLBACK, "di", false},
	{KEYS_FALLBACK, "dir none", false},
	{KEYS_TIMEOUT, "1", true},
	{KEYS_TIMEOUT, "3600", true},
	{KEYS_TIMEOUT, "0", false},
	{KEYS_TIMEOUT, "3601", false},
	{KEYS_TIMEOUT, "01", false},
	{KEYS_TIMEOUT, "1s", false},
	{KEYS_TIMEOUT, "+1", false},
	{KEYS_TIMEOUT, " 1", false},
	{KEYS_TIMEOUT, "", false},
	{KEYS_STALL_TIMEOUT, "86400", true},
	{KEYS_STALL_TIMEOUT, "86401", false},
	{KEYS_STALL_TIMEOUT, "0", false},
	{KEYS_RAW_FORCE, "yes", true},
	{KEYS_RAW_FORCE, "YES", false},
	{KEYS_RAW_OVERWRITE, "no", true},
	{KEYS_NETWORK, "ip=dhcp", true},
	{KEYS_NETWORK, "ip=[fd00::2]::[fd00::1]:64::eth0:none nameserver=10.0.0.1", true},
	{KEYS_NETWORK, "ifname=net0:52:54:00:00:00:01 ip=net0:dhcp rd.route=10.1.0.0/16:10.0.0.3",
	 true},
	{KEYS_NETWORK, "", false},
	{KEYS_NETWORK, "dhcp", false},
	{KEYS_NETWORK, "ip=", false},
	{KEYS_NETWORK, "ip=dhcp bond=b0:a:arp_ip_target=10.0.0.1;10.0.0.2", true},
	{KEYS_NETWORK, "bond=b0:a", false},
	{KEYS_NETWORK, "nameserver=ip=1", false},
	{KEYS_NETWORK, "ip=dhcp root=/dev/x", false},
	{KEYS_NETWORK, "ip=dhcp;reboot", false},
	{KEYS_NETWORK, "ip=$(x)", false},
	{KEYS_NETWORK, "ifname=a ip=x", false},
	{KEYS_NETWORK, "ifname=:a ip=x", false},
	{KEYS_NETWORK, "ifname=a: ip=x", false},
	{KEYS_NETWORK, "ifname=a:b ip=x", true},
	{KEYS_INCLUDE, "fs raw nfs iscsi ssh", true},
	{KEYS_INCLUDE, "nfs  ssh", true},
	{KEYS_INCLUDE, "", false},
	{KEYS_INCLUDE, " nfs", false},
	{KEYS_INCLUDE, "nfs4", false},
	{KEYS_INCLUDE, "nfs, ssh", false},
	{KEYS_INCLUDE, "*", false},
	{KEYS_SSH_KEY, "/root/.ssh/k", true},
	{KEYS_SSH_KEY, "k", false},
	{KEYS_SSH_KNOWN_HOSTS, "/a\tb", false},
	{KEYS_SSH_KNOWN_HOSTS, "/a\x7f", false},
	{KEYS_WHEN, "late", true},
	{KEYS_WHEN, "now", false},
	{KEYS_REARM, "auto", true},
	{KEYS_REARM, "maybe", false},
	{KEYS_FINAL_ACTION, "halt", true},
	{KEYS_FINAL_ACTION, "shell", false},
	{KEYS_FORMAT, "elf", true},
	{KEYS_FORMAT, "elf\n", false},
	{KEYS_COMPRESS, "zstd", true},
	{KEYS_COMPRESS, "zstd:19", true},
	{KEYS_COMPRESS, "zstd:-7", true},
	{KEYS_COMPRESS, "lzo", true},
	{KEYS_COMPRESS, "zlib:9", true},
	{KEYS_COMPRESS, "none", true},
	{KEYS_COMPRESS, "zstd:", false},
	{KEYS_COMPRESS, "zstd:0", false},
	{KEYS_COMPRESS, "zstd:20", false},
	{KEYS_COMPRESS, "zstd:-8", false},
	{KEYS_COMPRESS, "zstd:-0", false},
	{KEYS_COMPRESS, "zstd:--1", false},
	{KEYS_COMPRESS, "zstd:+1", false},
	{KEYS_COMPRESS, "zstd:01", false},
	{KEYS_COMPRESS, "zlib:0", false},
	{KEYS_COMPRESS, "zlib:10", false},
	{KEYS_COMPRESS, "zlib:-1", false},
	{KEYS_COMPRESS, "lzo:1", false},
	{KEYS_COMPRESS, "gzip", false},
	{KEYS_COMPRESS, "zstd --no-dmesg", false},
	{KEYS_DUMP_LEVEL, "0", true},
	{KEYS_DUMP_LEVEL, "31", true},
	{KEYS_DUMP_LEVEL, "32", false},
	{KEYS_DUMP_LEVEL, "0x1f", false},
	{KEYS_DUMP_LEVEL, "18446744073709551616", false},
	{KEYS_THREADS, "128", true},
	{KEYS_THREADS, "129", false},
	{KEYS_MEMORY, "9999999", true},
	{KEYS_MEMORY, "10000000", false},
	{KEYS_MEMORY, "0", false},
	{KEYS_MEMORY, "64M", false},
	{KEYS_TARGET, "dir:/a", false}, /* target_parse() checks targets */
};

static void values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		expect(keys_accepts(&keys_table[rows[i].id], rows[i].value) == rows[i].good,
		       "%s = '%s' is%s accepted", keys_table[rows[i].id].name, rows[i].value,
		       rows[i].good ? " not" : "");
}

/* A row without a field that its type needs would cause a crash; each default is accepted. */
static void the_table(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KEYS_NR; i++) {
		const struct keys_key *k = &keys_table[i];

		expect(k->name && k->accepted, "row %u: no name, or no accepted values", i);
		expect(keys_find(k->name, strlen(k->name)) == k, "%s is not found", k->name);
		expect(keys_id(k) == i, "%s is not at its index", k->name);
		expect(!k->words == (k->type != KEYS_TYPE_WORD && k->type != KEYS_TYPE_WORDS),
		       "%s: words of another type, or missing", k->name);
		expect(k->type != KEYS_TYPE_NUMBER || k->max > k->min, "%s: max is not above min",
		       k->name);
		expect(!k->usual || k->type == KEYS_TYPE_TARGET || keys_accepts(k, k->usual),
		       "%s: its default %s is not accepted", k->name, k->usual);
		expect(*keys_type_name(k->type), "%s: no name of its type", k->name);
	}
}

static void unknown(void **state)
{
	(void)state;
	assert_null(keys_find("", 0));
	assert_null(keys_find("targe", 5));
	assert_null(keys_find("targets", 7));
	assert_null(keys_find("Target", 6));
	assert_non_null(keys_find("target = x", 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(the_table),
		cmocka_unit_test(unknown),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
