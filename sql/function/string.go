package function

import "millrace/sql/types"

// stringFunctions are the functions of the chapters: string.
//
//nolint:funlen // a table
func stringFunctions() []Function {
	return []Function{
		{
			Name: "CHAR_LENGTH", Aliases: []string{"CHARACTER_LENGTH"}, Category: "string", sig: takes(gives(types.IntType()), text), Usage: "CHAR_LENGTH(s) | CHARACTER_LENGTH(s)",
			Doc: "Number of Unicode code points, INT; null for null.",
		},
		{
			Name: "UPPER", Category: "string", sig: takes(same(0), text), Usage: "UPPER(s)",
			Doc: "Uppercase.",
		},
		{
			Name: "LOWER", Category: "string", sig: takes(same(0), text), Usage: "LOWER(s)",
			Doc: "Lowercase.",
		},
		{
			Name: "INITCAP", Category: "string", sig: takes(same(0), text), Usage: "INITCAP(s)",
			Doc: "First letter of each word upper, rest lower; a word is a run of ASCII letters and digits only.",
		},
		{
			Name: "POSITION", Category: "string", sig: takesFrom(2, gives(types.IntType()), text, text, toInt), Usage: "POSITION(needle IN s)",
			Doc: "1-based position of first occurrence, 0 if none, INT.",
		},
		{
			Name: "PRINTF", Category: "string", sig: nulls(types.StringType(), takesMany(1, maybe(types.StringType()), text, anyType)), Usage: "PRINTF(format [, obj]*)",
			Doc: "Java Formatter (US locale) formatting. A null object prints as the text null. Null if format is null or invalid. STRING.",
		},
		{
			Name: "TRIM", Category: "string", sig: takes(varying(2), symbol, text, text), Usage: "TRIM([BOTH|LEADING|TRAILING] [chars] FROM s) | TRIM(s)",
			Doc: "Strip any of the characters; default both ends and blank.",
		},
		{
			Name: "LTRIM", Category: "string", sig: takesFrom(1, varying(0), text, text), Usage: "LTRIM(s [, chars])",
			Doc: "Strip leading characters contained in chars, default blank. Null if any argument is null.",
		},
		{
			Name: "RTRIM", Category: "string", sig: takesFrom(1, varying(0), text, text), Usage: "RTRIM(s [, chars])",
			Doc: "Strip trailing characters contained in chars, default blank. Null if any argument is null.",
		},
		{
			Name: "BTRIM", Category: "string", sig: nulls(types.StringType(), takesFrom(1, gives(types.StringType()), text, text)), Usage: "BTRIM(s [, chars])",
			Doc: "Strip both ends, default blank. Null if any argument is null.",
		},
		{
			Name: "REPEAT", Category: "string", sig: takes(gives(types.StringType()), text, toInt), Usage: "REPEAT(s, n)",
			Doc: "s repeated n times; empty string for n<=0.",
		},
		{
			Name: "REGEXP_REPLACE", Category: "string", sig: takes(gives(types.StringType()), text, text, text), Usage: "REGEXP_REPLACE(s, regex, repl)",
			Doc: "Replace every Java-regex match by repl taken LITERALLY (no group references). Null if any argument is null.",
		},
		{
			Name: "OVERLAY", Category: "string", sig: takesFrom(3, joinedLength, text, text, toInt, toInt), Usage: "OVERLAY(s PLACING r FROM pos [FOR len])",
			Doc: "Replace len characters (default length of r) from 1-based pos. pos<1 or beyond the end returns s unchanged.",
		},
		{
			Name: "STARTSWITH", Category: "string", sig: nulls(types.StringType(), either(takes(gives(types.BooleanType()), text, text), takes(gives(types.BooleanType()), binary, binary))), Usage: "STARTSWITH(x, prefix)",
			Doc: "BOOLEAN; both string or both binary. Empty prefix is TRUE. Null if any argument is null.",
		},
		{
			Name: "ENDSWITH", Category: "string", sig: nulls(types.StringType(), either(takes(gives(types.BooleanType()), text, text), takes(gives(types.BooleanType()), binary, binary))), Usage: "ENDSWITH(x, suffix)",
			Doc: "BOOLEAN; both string or both binary. Empty suffix is TRUE. Null if any argument is null.",
		},
		{
			Name: "SUBSTRING", Aliases: []string{"SUBSTR"}, Category: "string", sig: takesFrom(2, forced(varying(0)), text, toInt, toInt), Usage: "SUBSTRING(s FROM pos [FOR len]) | SUBSTRING(s, pos [, len])",
			Doc: "1-based. pos 0 acts as 1. Negative pos counts from the end; beyond the start gives empty. Negative len gives null. Past the end gives empty.",
		},
		{
			Name: "REPLACE", Category: "string", sig: takes(gives(types.StringType()), text, text, text), Usage: "REPLACE(s, search, repl)",
			Doc: "Replace all non-overlapping occurrences, left to right.",
		},
		{
			Name: "REGEXP_COUNT", Category: "string", sig: nulls(types.StringType(), takes(maybe(types.IntType()), text, text)), Usage: "REGEXP_COUNT(s, regex)",
			Doc: "Number of Java-regex matches, INT. Null if an argument is null or the pattern is invalid.",
		},
		{
			Name: "REGEXP_EXTRACT", Category: "string", sig: takesFrom(2, maybe(types.StringType()), text, text, toInt), Usage: "REGEXP_EXTRACT(s, regex [, group])",
			Doc: "Text of the capture group (default 0, the whole match) of the first match.",
		},
		{
			Name: "REGEXP_EXTRACT_ALL", Category: "string", sig: nulls(types.StringType(), takesFrom(2, maybe(types.ArrayType(types.StringType())), text, text, toInt)), Usage: "REGEXP_EXTRACT_ALL(s, regex [, group])",
			Doc: "ARRAY<STRING> of the group for every match. Default group is 1 (differs from REGEXP_EXTRACT). Null on null or invalid input.",
		},
		{
			Name: "REGEXP_INSTR", Category: "string", sig: nulls(types.StringType(), takes(maybe(types.IntType()), text, text)), Usage: "REGEXP_INSTR(s, regex)",
			Doc: "1-based position of first match, 0 if none, INT. Null on null or invalid pattern.",
		},
		{
			Name: "REGEXP_SUBSTR", Category: "string", sig: nulls(types.StringType(), takes(maybe(types.StringType()), text, text)), Usage: "REGEXP_SUBSTR(s, regex)",
			Doc: "First matching substring; null if none, null argument or invalid pattern.",
		},
		{
			Name: "REGEXP", Category: "string", sig: takes(gives(types.BooleanType()), text, text), Usage: "REGEXP(s, regex)",
			Doc: "TRUE if any substring matches. An empty pattern, or invalid pattern from a column, gives FALSE (not null). Null only if an argument is null.",
		},
		{
			Name: "TRANSLATE", Aliases: []string{"TRANSLATE3"}, Category: "string", sig: takes(follows(0, types.StringType()), text, text, text), Usage: "TRANSLATE(s, from, to)",
			Doc: "Map each character of from to the same position of to; characters without counterpart are deleted. STRING. (Alias TRANSLATE3 internally.).",
		},
		{
			Name: "CONCAT", Category: "string", sig: takesMany(1, gives(types.StringType()), text), Usage: "CONCAT(a, b, ...)",
			Doc: "Concatenate; null if ANY argument is null.",
		},
		{
			Name: "CONCAT_WS", Category: "string", sig: takesMany(1, gives(types.StringType()), text), Usage: "CONCAT_WS(sep, a, b, ...)",
			Doc: "Join with separator, skipping null arguments but keeping empty strings; null only if sep is null.",
		},
		{
			Name: "LPAD", Category: "string", sig: takes(gives(types.StringType()), text, toInt, text), Usage: "LPAD(s, len, pad)",
			Doc: "Left pad or cut to len UTF-16 units. Null if len<0 or pad is empty; empty string for len 0.",
		},
		{
			Name: "RPAD", Category: "string", sig: takes(gives(types.StringType()), text, toInt, text), Usage: "RPAD(s, len, pad)",
			Doc: "Right pad or cut to len. Null if len<0 or pad is empty; empty string for len 0.",
		},
		{
			Name: "FROM_BASE64", Category: "string", sig: takes(gives(types.StringType()), text), Usage: "FROM_BASE64(s)",
			Doc: "Base64 decode to STRING; null for null.",
		},
		{
			Name: "TO_BASE64", Category: "string", sig: takes(gives(types.StringType()), textOrBinary), Usage: "TO_BASE64(s or bytes)",
			Doc: "Base64 encode to STRING; null for null.",
		},
		{
			Name: "ASCII", Category: "string", sig: takes(gives(types.IntType()), text), Usage: "ASCII(s)",
			Doc: "Signed value of the first UTF-8 BYTE of the string, INT (negative for non-ASCII text); 0 for empty; null for null.",
		},
		{
			Name: "CHR", Category: "string", sig: takes(maybe(types.StringType()), toBigInt), Usage: "CHR(i)",
			Doc: "Empty string for negatives; NUL character if the low byte is 0. Null for null.",
		},
		{
			Name: "DECODE", Category: "string", sig: takes(gives(types.StringType()), binary, text), Usage: "DECODE(bytes, charset)",
			Doc: "Bytes to STRING in US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16. Null if either is null.",
		},
		{
			Name: "ENCODE", Category: "string", sig: takes(gives(types.BytesType()), text, text), Usage: "ENCODE(s, charset)",
			Doc: "STRING to BYTES in one of the same charsets. Null if either is null.",
		},
		{
			Name: "INSTR", Category: "string", sig: takesFrom(2, gives(types.IntType()), text, text, toInt, toInt), Usage: "INSTR(s, needle [, start [, nth]])",
			Doc: "1-based position of needle, 0 if none, null if an argument is null. Start 0 gives 0. A match may overlap.",
		},
		{
			Name: "LEFT", Category: "string", sig: takes(forced(varying(0)), text, toInt), Usage: "LEFT(s, n)",
			Doc: "First n characters; empty if n is negative; null if an argument is null.",
		},
		{
			Name: "RIGHT", Category: "string", sig: takes(forced(varying(0)), text, toInt), Usage: "RIGHT(s, n)",
			Doc: "Last n characters; empty if n is negative; null if an argument is null.",
		},
		{
			Name: "LOCATE", Category: "string", sig: takesFrom(2, gives(types.IntType()), text, text, toInt), Usage: "LOCATE(needle, s [, from])",
			Doc: "1-based position at or after from; 0 if none; null if an argument is null. Argument order is the reverse of INSTR.",
		},
		{
			Name: "URL_DECODE", Category: "string", sig: nulls(types.StringType(), takes(maybe(types.StringType()), text)), Usage: "URL_DECODE(s)",
			Doc: "Form-url decoding in UTF-8; null for null or malformed input.",
		},
		{
			Name: "URL_ENCODE", Category: "string", sig: nulls(types.StringType(), takes(maybe(types.StringType()), text)), Usage: "URL_ENCODE(s)",
			Doc: "Form-url encoding in UTF-8; null for null or failure.",
		},
		{
			Name: "INET_ATON", Category: "string", sig: nulls(types.StringType(), takes(maybe(types.BigIntType()), text)), Usage: "INET_ATON(s)",
			Doc: "Dotted IPv4 to BIGINT. Short forms a.b and a.b.c as in MySQL; leading zeros are decimal. Null for null or invalid.",
		},
		{
			Name: "INET_NTOA", Category: "string", sig: nulls(types.BigIntType(), takes(maybe(types.StringType()), toBigInt)), Usage: "INET_NTOA(i)",
			Doc: "IPv4 number to dotted text; null for null or outside 0..4294967295.",
		},
		{
			Name: "PARSE_URL", Category: "string", sig: takesFrom(2, maybe(types.StringType()), text, text, text), Usage: "PARSE_URL(url, part [, key])",
			Doc: "part is one of HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE, USERINFO (upper case).",
		},
		{
			Name: "REVERSE", Category: "string", sig: takes(maybe(types.StringType()), text), Usage: "REVERSE(s)",
			Doc: "Reversed string; null for null.",
		},
		{
			Name: "SPLIT_INDEX", Category: "string", sig: either(takes(maybe(types.StringType()), text, text, toInt), takes(maybe(types.StringType()), text, toInt, toInt)), Usage: "SPLIT_INDEX(s, delim, idx)",
			Doc: "Zero-based piece of s split by the whole delimiter (empty tokens kept). delim may also be an INT character code 1..255.",
		},
		{
			Name: "STR_TO_MAP", Category: "string", sig: either(takes(maybe(types.MapType(types.StringType(), types.StringType())), text), takes(maybe(types.MapType(types.StringType(), types.StringType())), text, text, text)), Usage: "STR_TO_MAP(s [, pairDelim, kvDelim])",
			Doc: "MAP<STRING,STRING>; defaults \",\" and \"=\". Both delimiters are regular expressions. A pair without kvDelim maps the text to null.",
		},
		{
			Name: "JSON_QUOTE", Category: "string", sig: nulls(types.StringType(), takes(gives(types.StringType()), text)), Usage: "JSON_QUOTE(s)",
			Doc: "Wrap as a JSON string literal with escaping; null for null.",
		},
		{
			Name: "JSON_UNQUOTE", Category: "string", sig: nulls(types.StringType(), takes(gives(types.StringType()), text)), Usage: "JSON_UNQUOTE(s)",
			Doc: "Undo JSON string quoting; if not a valid quoted JSON literal the input is returned unchanged; null for null.",
		},
		{
			Name: "ELT", Category: "string", sig: choice(), Usage: "ELT(n, e1 [, e2]*)",
			Doc: "n-th expression, 1-based; all strings or all binary. Null if n is null or out of range. Type is the common type.",
		},
		{
			Name: "HASH_CODE", Category: "string", sig: takes(gives(types.IntType()), hashable), Usage: "HASH_CODE(v)",
			Doc: "Java hashCode of the value, INT.",
		},
		{
			Name: "PRINT", Category: "string", sig: takes(same(1), text, typed), Usage: "PRINT(prefix, v)",
			Doc: "Debug helper returning v.",
		},
	}
}
