/*
 * Reads a manifest as docs/manifest.md describes it, and prints what is in it, a line a record. It shares nothing with Holdfast:
 * what it can read, the page says.
 *
 *   manifest [-u] FILE
 *
 * With -u, fields that it does not know are named too: unknown "NAME".
 *
 * Exit code 1 if FILE is no manifest, is damaged, or needs a newer reader. Memory that the manifest lies in may be longer than it,
 * if what follows is zero.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sha256.h"

#define HEADER_BYTES 24
#define DIGEST_BYTES 32
#define MAX_BYTES ((size_t)1 << 30)
#define MAX_DEPTH 64

/* CBOR's major types. */
enum { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

#define INDEFINITE UINT64_MAX
#define BREAK 0xff

struct string {
	const uint8_t *bytes;
	size_t length;
};

static const uint8_t *next, *end;
static bool tell_unknown;

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *why, ...)
{
	va_list arguments;

	va_start(arguments, why);
	fputs("manifest: ", stderr);
	vfprintf(stderr, why, arguments);
	fputc('\n', stderr);
	exit(1);
}

/* --- CBOR (RFC 8949) --- */

static uint64_t big_endian(const uint8_t *bytes, int length)
{
	uint64_t value = 0;

	for (int i = 0; i < length; i++)
		value = value << 8 | bytes[i];
	return value;
}

static void require(uint64_t bytes)
{
	if (bytes > (uint64_t)(end - next))
		refuse("the body ends within a value");
}

/* The head of a value: its major type, and its argument. */
static int head(uint64_t *argument)
{
	int type, info, length;

	require(1);
	type = *next >> 5;
	info = *next++ & 31;
	if (info < 24) {
		*argument = (uint64_t)info;
	} else if (info < 28) {
		length = 1 << (info - 24);
		require((uint64_t)length);
		*argument = big_endian(next, length);
		next += length;
	} else if (info == 31 && type >= BYTES && type != TAG) {
		*argument = INDEFINITE;
	} else {
		refuse("a value that is not well-formed");
	}
	return type;
}

static bool at_break(void)
{
	require(1);
	if (*next != BREAK)
		return false;
	next++;
	return true;
}

/* Whether a list or map of `count` elements, of which `done` were read, has another one. */
static bool more(uint64_t count, uint64_t done)
{
	return count == INDEFINITE ? !at_break() : done < count;
}

static uint64_t begin(int wanted)
{
	uint64_t count;

	if (head(&count) != wanted)
		refuse("a value that is no %s", wanted == MAP ? "record" : "list");
	return count;
}

/* Text or bytes, of a definite length as Holdfast writes them. */
static struct string string(int wanted)
{
	uint64_t length;
	struct string value;

	if (head(&length) != wanted || length == INDEFINITE)
		refuse("a value that is no %s", wanted == TEXT ? "text" : "byte string");
	require(length);
	value = (struct string){next, (size_t)length};
	next += length;
	return value;
}

/* A signed number of 64 bits; an address beyond 2^63 is a negative one. */
static uint64_t number(void)
{
	uint64_t value;
	int type = head(&value);

	if (type > NEGATIVE)
		refuse("a value that is no number");
	return type == UNSIGNED ? value : ~value;
}

static bool flag(void)
{
	require(1);
	if (*next != 0xf4 && *next != 0xf5)
		refuse("a value that is neither true nor false");
	return *next++ == 0xf5;
}

static void skip(int depth)
{
	uint64_t argument;
	int type;

	if (depth == MAX_DEPTH)
		refuse("values nested too deeply");
	type = head(&argument);
	switch (type) {
	case BYTES:
	case TEXT:
		if (argument == INDEFINITE) {
			while (!at_break())
				skip(depth + 1);
		} else {
			require(argument);
			next += argument;
		}
		break;
	case ARRAY:
	case MAP:
		for (uint64_t i = 0; more(argument, i); i++) {
			skip(depth + 1);
			if (type == MAP)
				skip(depth + 1);
		}
		break;
	case TAG:
		skip(depth + 1);
		break;
	}
}

/* --- the records --- */

static bool is(struct string name, const char *wanted)
{
	return name.length == strlen(wanted) && !memcmp(name.bytes, wanted, name.length);
}

static void print(const char *before, struct string text)
{
	printf("%s\"%.*s\"", before, (int)text.length, (const char *)text.bytes);
}

static void unknown(struct string name)
{
	if (tell_unknown) {
		print("unknown ", name);
		putchar('\n');
	}
	skip(0);
}

static struct string uuid(void)
{
	struct string value = string(BYTES);

	if (value.length != 16)
		refuse("a UUID that has not 16 bytes");
	return value;
}

static void print_hex(const char *before, struct string value)
{
	fputs(before, stdout);
	for (size_t i = 0; i < value.length; i++)
		printf("%02x", value.bytes[i]);
}

static uint64_t varint(struct string *from)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (!from->length)
			refuse("a list of extents that ends too early");
		byte = *from->bytes++;
		from->length--;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	refuse("a number of more than 64 bits in a list of extents");
}

static void extents(struct string list)
{
	uint64_t count, last_end = 0, length = 1;
	int shift;

	if (!list.length)
		return;
	shift = *list.bytes++;
	list.length--;
	if (shift > 62)
		refuse("extents in units of 2^%d bytes", shift);
	count = varint(&list);
	for (uint64_t i = 0; i < count; i++) {
		uint8_t first;
		uint64_t gap;

		if (!list.length)
			refuse("a list of extents that ends too early");
		first = *list.bytes++;
		list.length--;
		gap = first & 0x3f;
		if (first & 0x80)
			gap |= varint(&list) << 6;
		if (first & 0x40)
			length = varint(&list);
		/* Zigzag: the lowest bit is the sign. */
		last_end += gap >> 1 ^ -(gap & 1);
		printf("extent 0x%" PRIx64 " %" PRIu64 "\n", last_end << shift, length << shift);
		last_end += length;
	}
	if (list.length)
		refuse("bytes after a list of extents");
}

static void host(void)
{
	struct string machine = {0}, kernel = {0}, architecture = {0};
	uint64_t count = begin(MAP), page = 0;

	for (uint64_t i = 0; more(count, i); i++) {
		struct string name = string(TEXT);

		if (is(name, "m"))
			machine = string(TEXT);
		else if (is(name, "k"))
			kernel = string(TEXT);
		else if (is(name, "a"))
			architecture = string(TEXT);
		else if (is(name, "p"))
			page = number();
		else
			unknown(name);
	}
	print("host ", machine);
	print(" kernel ", kernel);
	print(" architecture ", architecture);
	printf(" page %" PRIu64 "\n", page);
}

static void file(void)
{
	struct string file_name = {0};
	uint64_t count = begin(MAP), token = 0, size = 0, origin = 0, checksum = 0;
	bool checked = false;

	for (uint64_t i = 0; more(count, i); i++) {
		struct string name = string(TEXT);

		if (is(name, "t"))
			token = number();
		else if (is(name, "n"))
			file_name = string(TEXT);
		else if (is(name, "s"))
			size = number();
		else if (is(name, "o"))
			origin = number();
		else if (is(name, "c"))
			checked = true, checksum = number();
		else
			unknown(name);
	}
	printf("file %" PRIu64, token);
	print(" ", file_name);
	printf(" %" PRIu64 " %s", size, origin ? "caller" : "pool");
	if (checked)
		printf(" crc32c 0x%" PRIx64, checksum);
	putchar('\n');
}

static void mapping(void)
{
	static const char *const access_words[] = {"read-write", "read", "write"};
	struct string mapping_name = {0}, list = {0};
	uint64_t count = begin(MAP), iova = 0, length = 0, access = 0, token = 0, offset = 0, policy = 0;
	uint64_t node = 0;
	bool is_file = false, transient = false, on_node = false;

	for (uint64_t i = 0; more(count, i); i++) {
		struct string name = string(TEXT);

		if (is(name, "n"))
			mapping_name = string(TEXT);
		else if (is(name, "i"))
			iova = number();
		else if (is(name, "l"))
			length = number();
		else if (is(name, "a"))
			access = number();
		else if (is(name, "f"))
			is_file = true, token = number();
		else if (is(name, "o"))
			offset = number();
		else if (is(name, "t"))
			transient = flag();
		else if (is(name, "p"))
			policy = number();
		else if (is(name, "e"))
			list = string(BYTES);
		else if (is(name, "u"))
			on_node = true, node = number();
		else
			unknown(name);
	}
	if (access > 2)
		refuse("access %" PRIu64, access);
	print("mapping ", mapping_name);
	printf(" 0x%" PRIx64 " %" PRIu64 " %s", iova, length, access_words[access]);
	if (is_file)
		printf(" file %" PRIu64 " %" PRIu64, token, offset);
	else
		printf(" memory%s", transient ? " transient" : "");
	if (on_node)
		printf(" numa-node %" PRIu64, node);
	printf("%s\n", policy ? " optional" : "");
	extents(list);
}

static void window(void)
{
	uint64_t count = begin(MAP), first = 0, last = 0;

	for (uint64_t i = 0; more(count, i); i++) {
		struct string name = string(TEXT);

		if (is(name, "f"))
			first = number();
		else if (is(name, "l"))
			last = number();
		else
			unknown(name);
	}
	printf("window 0x%" PRIx64 " 0x%" PRIx64 "\n", first, last);
}

static void each(void (*record)(void))
{
	uint64_t count = begin(ARRAY);

	for (uint64_t i = 0; more(count, i); i++)
		record();
}

/* The records of a list that was passed over; NULL has none. */
static void each_at(const uint8_t *list, void (*record)(void))
{
	const uint8_t *after = next;

	if (list) {
		next = list;
		each(record);
		next = after;
	}
}

static void ioas(void)
{
	struct string ioas_name = {0};
	const uint8_t *mappings = NULL, *windows = NULL;
	uint64_t count = begin(MAP);

	for (uint64_t i = 0; more(count, i); i++) {
		struct string name = string(TEXT);

		if (is(name, "n")) {
			ioas_name = string(TEXT);
		} else if (is(name, "m")) {
			mappings = next;
			skip(0);
		} else if (is(name, "w")) {
			windows = next;
			skip(0);
		} else {
			unknown(name);
		}
	}
	if (!mappings)
		refuse("an IOAS without a list of mappings");
	print("ioas ", ioas_name);
	putchar('\n');
	each_at(windows, window);
	each_at(mappings, mapping);
}

static void device(void)
{
	static const char *const words[] = {"v", "d", "sv", "sd", "c", "r"};
	struct string ioas_name = {0}, serial = {0};
	uint64_t count = begin(MAP), address = 0, identity[6] = {0}, policy = 0, token = 0;
	bool has_token = false, behind_iommu = false, own_page_table = false;

	for (uint64_t i = 0; more(count, i); i++) {
		struct string name = string(TEXT);
		int field = 0;

		while (field < 6 && !is(name, words[field]))
			field++;
		if (field < 6)
			identity[field] = number();
		else if (is(name, "a"))
			address = number();
		else if (is(name, "s"))
			serial = string(TEXT);
		else if (is(name, "i"))
			ioas_name = string(TEXT);
		else if (is(name, "p"))
			policy = number();
		else if (is(name, "t"))
			has_token = true, token = number();
		else if (is(name, "b"))
			behind_iommu = flag();
		else if (is(name, "h"))
			own_page_table = flag();
		else
			unknown(name);
	}
	printf("device %04x:%02x:%02x.%x", (unsigned)(address >> 16 & 0xffff), (unsigned)(address >> 8 & 0xff),
	       (unsigned)(address >> 3 & 31), (unsigned)(address & 7));
	for (int i = 0; i < 6; i++)
		printf(" %" PRIx64, identity[i]);
	print(" ioas ", ioas_name);
	if (serial.bytes)
		print(" serial ", serial);
	if (has_token)
		printf(" token %" PRIu64, token);
	printf("%s%s%s\n", behind_iommu ? " behind-iommu" : "", own_page_table ? " own-page-table" : "",
	       policy ? " optional" : "");
}

static void boot(void)
{
	print_hex("boot ", uuid());
	putchar('\n');
}

static void sealed(void)
{
	uint64_t count = begin(ARRAY), seconds = number(), nanos = number();

	if (count == INDEFINITE ? !at_break() : count != 2)
		refuse("a time that is not seconds and nanoseconds");
	printf("sealed %" PRId64 " %" PRIu64 "\n", (int64_t)seconds, nanos);
}

static void session(void)
{
	uint64_t count = begin(MAP);

	for (uint64_t i = 0; more(count, i); i++) {
		struct string name = string(TEXT);

		if (is(name, "n")) {
			print("session ", string(TEXT));
			putchar('\n');
		} else if (is(name, "j")) {
			print_hex("journal ", uuid());
			putchar('\n');
		} else if (is(name, "g")) {
			printf("generation %" PRIu64 "\n", number());
		} else if (is(name, "h")) {
			host();
		} else if (is(name, "b")) {
			each(boot);
		} else if (is(name, "s")) {
			sealed();
		} else if (is(name, "t")) {
			printf("iommufd %" PRIu64 "\n", number());
		} else if (is(name, "l")) {
			print("kernel-session ", string(TEXT));
			putchar('\n');
		} else if (is(name, "f")) {
			each(file);
		} else if (is(name, "i")) {
			each(ioas);
		} else if (is(name, "d")) {
			each(device);
		} else {
			unknown(name);
		}
	}
	if (next != end)
		refuse("bytes after the session");
}

/* --- the envelope --- */

static uint8_t *whole(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;

	if (!file)
		refuse("cannot open %s", path);
	fseek(file, 0, SEEK_END);
	*length = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*length + 1);
	if (*length > 2 * MAX_BYTES || !bytes || fread(bytes, 1, *length, file) != *length)
		refuse("cannot read %s", path);
	fclose(file);
	return bytes;
}

int main(int count, char **arguments)
{
	static const uint8_t magic[] = {0x89, 'H', 'F', 'M', '\r', '\n', 0x1a, '\n'};
	uint8_t *bytes, digest[DIGEST_BYTES];
	size_t length, body;
	const char *path = arguments[count - 1];

	tell_unknown = count == 3 && !strcmp(arguments[1], "-u");
	if (count != 2 + tell_unknown)
		refuse("usage: manifest [-u] FILE");
	bytes = whole(path, &length);
	if (length < HEADER_BYTES + DIGEST_BYTES || memcmp(bytes, magic, sizeof(magic)))
		refuse("%s is no manifest", path);
	body = big_endian(bytes + 16, 8);
	if (body > MAX_BYTES - HEADER_BYTES - DIGEST_BYTES || body + HEADER_BYTES + DIGEST_BYTES > length)
		refuse("it is not complete");
	for (size_t i = HEADER_BYTES + body + DIGEST_BYTES; i < length; i++)
		if (bytes[i])
			refuse("something follows it");
	sha256(bytes, HEADER_BYTES + body, digest);
	if (memcmp(digest, bytes + HEADER_BYTES + body, DIGEST_BYTES))
		refuse("its SHA-256 does not match");
	if (big_endian(bytes + 8, 2) != 1 || big_endian(bytes + 12, 4))
		refuse("it has format %u.%u and features 0x%x", (unsigned)big_endian(bytes + 8, 2),
		       (unsigned)big_endian(bytes + 10, 2), (unsigned)big_endian(bytes + 12, 4));
	next = bytes + HEADER_BYTES;
	end = next + body;
	session();
	free(bytes);
	return 0;
}
