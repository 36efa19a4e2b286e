// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target.c - targets of every kind and spelling, and text that is not a target
 *
 * Parts are written as NAME=VALUE, with | between them.
 */
#include "unit.h"

#include "config/target.h"

static const struct {
	const char *text, *parts;
} good[] = {
	{"none", "none"},
	{"ram:", "ram"},
	{"dir:/", "dir|path=/"},
	{"dir:/a b", "dir|path=/a b"},
	{"dir:/..a/b..", "dir|path=/..a/b.."},
	{"dir:/procs", "dir|path=/procs"},
	{"dir:/var/tmp", "dir|path=/var/tmp"},
	{"fs:/dev/sda1:/", "fs|device=/dev/sda1|path=/|options="},
	{"fs:UUID=1-2:/crash", "fs|device=UUID=1-2|path=/crash|options="},
	{"fs:LABEL=a/b:/c:/d", "fs|device=LABEL=a/b|path=/c:/d|options="},
	{"fs:UUID=1:/c:subvol=@/var,compress=no",
	 "fs|device=UUID=1|path=/c|options=subvol=@/var,compress=no"},
	{"fs:/dev/disk/by-path/pci-0000:00:1f.2-ata-1:/c:d:/e:noatime",
	 "fs|device=/dev/disk/by-path/pci-0000:00:1f.2-ata-1|path=/c:d:/e|options=noatime"},
	{"fs:/dev/sda1:/c:", "fs|device=/dev/sda1|path=/c:|options="},
	{"fs:/dev/sda1:/c:root,rows", "fs|device=/dev/sda1|path=/c|options=root,rows"},
	{"raw:PARTUUID=1-2", "raw|device=PARTUUID=1-2"},
	{"raw:PARTLABEL=crash", "raw|device=PARTLABEL=crash"},
	{"nfs:s:/e", "nfs|server=s|path=/e|options="},
	{"nfs4:s:/", "nfs4|server=s|path=/|options="},
	{"nfs:10.0.0.1:/e/f:rw,hard", "nfs|server=10.0.0.1|path=/e/f|options=rw,hard"},
	{"nfs:s:/e,hard,vers=3", "nfs|server=s|path=/e|options=hard,vers=3"},
	{"nfs:hard:s:/e", "nfs|server=s|path=/e|options=hard"},
	{"nfs:hard:s:/e:vers=3", "nfs|server=s|path=/e|options=hard,vers=3"},
	{"nfs:[fd00::1]:/e:vers=4.2", "nfs|server=[fd00::1]|path=/e|options=vers=4.2"},
	{"nfs:[fe80::1%eth0]:/e", "nfs|server=[fe80::1%eth0]|path=/e|options="},
	{"nfs4:s:/e:vers=4.2", "nfs4|server=s|path=/e|options=vers=4.2"},
	{"nfs4:s:/e:mountvers=3", "nfs4|server=s|path=/e|options=mountvers=3"},
	{"nfs://s/e/f", "nfs|server=s|path=/e/f|options="},
	{"nfs://s:/e", "nfs|server=s|path=/e|options="},
	{"nfs://s:2050/e", "nfs|server=s|path=/e|options=port=2050"},
	{"nfs://[fd00::1]:2050/e", "nfs|server=[fd00::1]|path=/e|options=port=2050"},
	{"iscsi:h::::iqn.2003-01.org:x:y",
	 "iscsi|server=h|user=|password=|user_in=|password_in=|port=3260|lun=0|"
	 "name=iqn.2003-01.org:x:y|dir="},
	{"iscsi:u:p@h:6:3261:2:iqn.x;fs=/a/b",
	 "iscsi|server=h|user=u|password=p|user_in=|password_in=|port=3261|lun=2|name=iqn.x|"
	 "dir=/a/b"},
	{"iscsi:u:p:in:q@[fd00::1]::::iqn.x",
	 "iscsi|server=[fd00::1]|user=u|password=p|user_in=in|password_in=q|port=3260|lun=0|"
	 "name=iqn.x|dir="},
	{"iscsi:h::::iqn.x:y@z",
	 "iscsi|server=h|user=|password=|user_in=|password_in=|port=3260|lun=0|name=iqn.x:y@z|"
	 "dir="},
	{"iscsi:@h::::eui.0123",
	 "iscsi|server=h|user=|password=|user_in=|password_in=|port=3260|lun=0|name=eui.0123|dir="},
	{"ssh:u@h:/p", "ssh|server=h|path=/p|user=u"},
	{"ssh:u@[fd00::1]:/p q", "ssh|server=[fd00::1]|path=/p q|user=u"},
	{"ssh:u@h:/p:/q@r", "ssh|server=h|path=/p:/q@r|user=u"},
	{"ssh:u@[fe80::1%eth0]:/p", "ssh|server=[fe80::1%eth0]|path=/p|user=u"},
	{"ssh://u@h/p", "ssh|server=h|path=/p|user=u"},
	{"dir:/tmpx/.tmp", "dir|path=/tmpx/.tmp"},
	{"dir:/var/tmp", "dir|path=/var/tmp"},
	{"dir:/..tmp", "dir|path=/..tmp"},
	{"ssh://u@h:/p", "ssh|server=h|path=/p|user=u"},
	{"ssh://u@h:2222/", "ssh|server=h|path=/|user=u|port=2222"},
	{"ssh://u@h:22/p:/q@r:7", "ssh|server=h|path=/p:/q@r:7|user=u|port=22"},
	{"ssh://u@[fd00::1]/p q", "ssh|server=[fd00::1]|path=/p q|user=u"},
	{"ssh://u@[fd00::1]:65535/p", "ssh|server=[fd00::1]|path=/p|user=u|port=65535"},
};

static const struct {
	const char *text, *why;
} bad[] = {
	{"fs:/dev/sda1:/c:ro", "ro makes"},
	{"fs:/dev/sda1:/c:noatime,ro", "ro makes"},
	{"fs:/dev/sda1:/c:a b", "character"},
	{"fs:/dev/sda1:/c/../d:noatime", "'..'"},
	{"", "kind"},
	{"dir", "kind"},
	{"/a", "kind"},
	{"DIR:/a", "kind"},
	{"none:", "kind"},
	{"ram", "kind"},
	{"tape:a:/b", "kind"},
	{"nfs5:s:/e", "kind"},
	{"ram:x", "nothing may follow"},
	{"dir:", "absolute"},
	{"dir:./a", "absolute"},
	{"dir:/../a", "'..'"},
	{"dir:/a/..", "'..'"},
	{"dir:/proc", "is not persistent"},
	{"dir:/run/crash", "is not persistent"},
	{"dir://tmp/crash", "is not persistent"},
	{"dir:/./tmp", "is not persistent"},
	{"dir:/.//./dev//shm", "is not persistent"},
	{"dir:/a\n", "control"},
	{"dir:/\033", "control"},
	{"dir:/\x7f", "control"},
	{"fs:/dev/sda1", "directory is missing"},
	{"fs::/x", "/dev/..., UUID="},
	{"fs:/dev/:/x", "missing"},
	{"fs:LABEL=:/x", "missing"},
	{"fs:UUID=a/b:/x", "'/'"},
	{"fs:/dev/../x:/x", "'..'"},
	{"fs:/dev/x:/a/../b", "'..'"},
	{"raw:", "/dev/..., UUID="},
	{"raw:UUID=", "missing"},
	{"raw:/dev/x=", "missing"},
	{"raw:sda", "/dev/..., UUID="},
	{"nfs:", "server is missing"},
	{"nfs:/e", "server is missing"},
	{"nfs:s:e", "server is missing"},
	{"nfs:s:/e:ro", "option ro"},
	{"nfs:s:/e:rw,ro", "option ro"},
	{"nfs:s:/e:ro,rw", "option ro"},
	{"nfs4:s:/e:vers=3", "version 2 or 3"},
	{"nfs4:nfsvers=3:s:/e:hard", "version 2 or 3"},
	{"nfs4:s:/e,hard,v3", "version 2 or 3"},
	{"nfs:s:/e:a;b", "character"},
	{"nfs:s:/../e", "'..'"},
	{"nfs:-s:/e", "name or an address"},
	{"nfs:s t:/e", "name or an address"},
	{"nfs:[fd00::1:/e", "brackets"},
	{"nfs:[]:/e", "brackets"},
	{"nfs:[:/e", "brackets"},
	{"nfs:[x]y:/e", "brackets"},
	{"nfs://s", "absolute"},
	{"nfs://s:99999/e", "port"},
	{"nfs://s::/e", "port"},
	{"iscsi:", "the form of its kind"},
	{"iscsi:h:::iqn.x", "the form of its kind"},
	{"iscsi:h::::x", "the form of its kind"},
	{"iscsi:hush@h::::iqn.x", "the form of its kind"},
	{"iscsi:u:hush:in@h::::iqn.x", "the form of its kind"},
	{"iscsi:u:hush:in:p:x@h::::iqn.x", "the form of its kind"},
	{"iscsi::hush@h::::iqn.x", "the form of its kind"},
	{"iscsi:hush:@h::::iqn.x", "the form of its kind"},
	{"iscsi:h::3260:if:dev:0:iqn.x", "the form of its kind"},
	{"iscsi:::::iqn.x", "server is missing"},
	{"iscsi:h::99999::iqn.x", "port"},
	{"iscsi:h::0::iqn.x", "port"},
	{"iscsi:h:::16384:iqn.x", "LUN"},
	{"iscsi:h::::iqn.x;y", "name has a character"},
	{"iscsi:h::::iqn.x;fs=a", "absolute"},
	{"iscsi:h::::iqn.x;fs=", "absolute"},
	{"ssh:", "the form of its kind"},
	{"ssh:h:/p", "the form of its kind"},
	{"ssh:@h:/p", "the form of its kind"},
	{"ssh:u@h:p", "the form of its kind"},
	{"ssh:u:/x@h:/p", "the form of its kind"},
	{"ssh:u@:/p", "server is missing"},
	{"ssh:-oProxyCommand=x@h:/p", "user has a character"},
	{"ssh:u v@h:/p", "user has a character"},
	{"ssh:u@-oX:/p", "name or an address"},
	{"ssh:u@h:/p/../q", "'..'"},
	{"ssh:u@h:22:/p", "name or an address"},
	{"ssh:u@h:22/p", "the form of its kind"},
	{"ssh://", "the form of its kind"},
	{"ssh://h/p", "the form of its kind"},
	{"ssh://h/p@x", "the form of its kind"},
	{"ssh://@h/p", "the form of its kind"},
	{"ssh://u@h", "the form of its kind"},
	{"ssh://u@/p", "server is missing"},
	{"ssh://u@:22/p", "server is missing"},
	{"ssh://u@h:0/p", "port"},
	{"ssh://u@h:65536/p", "port"},
	{"ssh://u@h:ssh/p", "port"},
	{"ssh://u@h:-1/p", "port"},
	{"ssh://u@h:22:23/p", "port"},
	{"ssh://u@fd00::1/p", "port"},
	{"ssh://u@[fd00::1]22/p", "brackets"},
	{"ssh://-oX@h:22/p", "user has a character"},
	{"ssh://u@-oX:22/p", "name or an address"},
	{"ssh://u@h:22/p/..", "'..'"},
};

static const char *parts(const struct target *t)
{
	static char out[1024];
	size_t used = (size_t)snprintf(out, sizeof(out), "%s", target_kind_name(t->kind));

	for (int i = 0; i < TARGET_PARTS; i++)
		if (t->part[i])
			used += (size_t)snprintf(out + used, sizeof(out) - used, "|%s=%s",
						 target_part_name((enum target_part)i), t->part[i]);
	return out;
}

static void spellings(void **state)
{
	struct target *t = malloc(sizeof(*t)); /* exact, for the sanitizer */

	(void)state;
	assert_non_null(t);
	for (size_t i = 0; i < ROWS(good); i++) {
		const char *why = target_parse(t, good[i].text);

		expect(!why, "%s: %s", good[i].text, why);
		expect(strcmp(parts(t), good[i].parts) == 0, "%s: parts %s", good[i].text,
		       parts(t));
	}
	free(t);
}

static void refused(void **state)
{
	struct target t;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		const char *why = target_parse(&t, bad[i].text);

		expect(says(why, bad[i].why), "%s: %s", bad[i].text, why ? why : "accepted");
		expect(!strstr(why, "hush"), "%s: a password is in the message", bad[i].text);
		expect(!strstr(target_form(bad[i].text), "hush"), "%s: a password is in the form",
		       bad[i].text);
	}
}

/* The longest path, disk and target are accepted; one byte more is refused. */
static void limits(void **state)
{
	static char text[TARGET_BYTES + 8];
	struct target t;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "dir:/", 5);
	text[4 + TARGET_PATH_BYTES] = '\0';
	assert_null(target_parse(&t, text));
	text[4 + TARGET_PATH_BYTES] = 'x';
	text[5 + TARGET_PATH_BYTES] = '\0';
	assert_true(says(target_parse(&t, text), "longer than 1000"));
	memset(text, 'x', sizeof(text));
	memcpy(text, "raw:/dev/", 9);
	text[4 + TARGET_DISK_BYTES] = '\0';
	assert_null(target_parse(&t, text));
	text[4 + TARGET_DISK_BYTES] = 'x';
	text[5 + TARGET_DISK_BYTES] = '\0';
	assert_true(says(target_parse(&t, text), "longer than 1200"));
	memset(text, 'x', sizeof(text));
	memcpy(text, "nfs:s:/e:", 9);
	text[TARGET_BYTES - 1] = '\0';
	assert_null(target_parse(&t, text));
	text[TARGET_BYTES - 1] = 'x';
	text[TARGET_BYTES] = '\0';
	assert_true(says(target_parse(&t, text), "longer than 4095"));
}

static void masked(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{"dir:/a@b", "dir:/a@b"},
		{"iscsi:me:top secret:in:me too@h::::iqn.x:y@z", "iscsi:***@h::::iqn.x:y@z"},
		{"iscsi:u@h", "iscsi:***@h"},
		{"iscsi:@h::::iqn.x:y@z", "iscsi:@h::::iqn.x:y@z"},
		{"iscsi:h::::iqn.x", "iscsi:h::::iqn.x"},
		{"iscsi:h::::iqn.x:y@z", "iscsi:***@z"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *out = malloc(strlen(rows[i].text) + 4);

		assert_non_null(out);
		target_mask(rows[i].text, out);
		expect(strcmp(out, rows[i].shown) == 0, "%s: masked %s", rows[i].text, out);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(masked),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
