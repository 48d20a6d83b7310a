package function

import "millrace/sql/types"

// mathFunctions are the functions of the chapters: arithmetic, hash.
//
//nolint:funlen // a table
func mathFunctions() []Function {
	return []Function{
		{
			Name: "MOD", Category: "arithmetic", sig: arithmetic("%"), Usage: "MOD(a, b)",
			Doc: "Same as %: exact numbers only, integers give the type of b. DECIMAL result scale max(s1,s2), precision min(p1-s1,p2-s2)+scale.",
		},
		{
			Name: "POWER", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble, toDouble), Usage: "POWER(a, b)",
			Doc: "a raised to b, DOUBLE.",
		},
		{
			Name: "ABS", Category: "arithmetic", sig: takes(same(0), numeric), Usage: "ABS(n)",
			Doc: "Absolute value; keeps the argument type.",
		},
		{
			Name: "SQRT", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "SQRT(n)",
			Doc: "Square root, DOUBLE (computed as POWER(n, 0.5)).",
		},
		{
			Name: "LN", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "LN(n)",
			Doc: "Natural logarithm, DOUBLE.",
		},
		{
			Name: "LOG10", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "LOG10(n)",
			Doc: "Base 10 logarithm, DOUBLE.",
		},
		{
			Name: "LOG2", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "LOG2(n)",
			Doc: "Base 2 logarithm, DOUBLE.",
		},
		{
			Name: "EXP", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "EXP(n)",
			Doc: "e to the power n, DOUBLE.",
		},
		{
			Name: "SIN", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "SIN(n)",
			Doc: "Sine, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "COS", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "COS(n)",
			Doc: "Cosine, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "TAN", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "TAN(n)",
			Doc: "Tangent, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "COT", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "COT(n)",
			Doc: "Cotangent, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "ASIN", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "ASIN(n)",
			Doc: "Arc sine, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "ACOS", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "ACOS(n)",
			Doc: "Arc cosine, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "ATAN", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "ATAN(n)",
			Doc: "Arc tangent, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "SINH", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "SINH(n)",
			Doc: "Hyperbolic sine, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "COSH", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "COSH(n)",
			Doc: "Hyperbolic cosine, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "TANH", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "TANH(n)",
			Doc: "Hyperbolic tangent, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "DEGREES", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "DEGREES(n)",
			Doc: "Radians to degrees, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "RADIANS", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble), Usage: "RADIANS(n)",
			Doc: "Degrees to radians, DOUBLE; null in, null out; NaN outside the domain.",
		},
		{
			Name: "LOG", Category: "arithmetic", sig: takesFrom(1, gives(types.DoubleType()), toDouble, toDouble), Usage: "LOG(x) | LOG(base, x)",
			Doc: "One argument: natural log. Two: log of x to base, computed ln(x)/ln(base). DOUBLE.",
		},
		{
			Name: "CEIL", Aliases: []string{"CEILING"}, Category: "arithmetic", sig: whole(), Usage: "CEIL(n) | CEILING(n)",
			Doc: "Round up. Keeps the numeric type; DECIMAL becomes scale 0.",
		},
		{
			Name: "FLOOR", Category: "arithmetic", sig: whole(), Usage: "FLOOR(n)",
			Doc: "Round down. Keeps the numeric type; DECIMAL becomes scale 0.",
		},
		{
			Name: "ATAN2", Category: "arithmetic", sig: takes(gives(types.DoubleType()), toDouble, toDouble), Usage: "ATAN2(y, x)",
			Doc: "Arc tangent of the point (arguments in y, x order), DOUBLE.",
		},
		{
			Name: "SIGN", Category: "arithmetic", sig: takes(same(0), numeric), Usage: "SIGN(n)",
			Doc: "The sign, -1, 0 or 1, in the type of the argument.",
		},
		{
			Name: "ROUND", Category: "arithmetic", sig: rounding(), Usage: "ROUND(n [, d])",
			Doc: "Round half up (away from zero) to d decimal places, d default 0, negative d rounds left of the point. Integer and approximate types keep their type.",
		},
		{
			Name: "TRUNCATE", Category: "arithmetic", sig: rounding(), Usage: "TRUNCATE(n [, d])",
			Doc: "Cut toward zero to d decimals, default 0; negative d zeroes integer digits; null if an argument is null; result type as ROUND.",
		},
		{
			Name: "PI", Category: "arithmetic", Bare: true, sig: takes(always(types.DoubleType())), Usage: "PI() | PI",
			Doc: "DOUBLE closest to pi.",
		},
		{
			Name: "E", Category: "arithmetic", sig: takes(always(types.DoubleType())), Usage: "E()",
			Doc: "DOUBLE closest to e.",
		},
		{
			Name: "RAND", Category: "arithmetic", Volatile: true, sig: takesFrom(0, gives(types.DoubleType()), toInt), Usage: "RAND() | RAND(seed INT)",
			Doc: "Pseudo-random DOUBLE in [0,1). Same seed gives the same sequence. Non-deterministic.",
		},
		{
			Name: "RAND_INTEGER", Category: "arithmetic", Volatile: true, sig: takesFrom(1, gives(types.IntType()), toInt, toInt), Usage: "RAND_INTEGER(bound) | RAND_INTEGER(seed, bound)",
			Doc: "Pseudo-random INT in [0,bound). Note argument order seed then bound. Non-deterministic.",
		},
		{
			Name: "UUID", Category: "arithmetic", Volatile: true, sig: takes(always(types.CharType(36))), Usage: "UUID()",
			Doc: "Random version 4 UUID text, CHAR(36) NOT NULL, one per row. Non-deterministic.",
		},
		{
			Name: "BIN", Category: "arithmetic", sig: takes(gives(types.StringType()), toBigInt), Usage: "BIN(i)",
			Doc: "Binary digits of an integer as STRING without leading zeros; null for null.",
		},
		{
			Name: "HEX", Category: "arithmetic", sig: either(takes(gives(types.StringType()), toBigInt), takes(gives(types.StringType()), text)), Usage: "HEX(i) | HEX(s)",
			Doc: "Uppercase hexadecimal of an integer (64 bit two complement for negatives, no leading zeros) or of the UTF-8 bytes of a string. STRING; null for null.",
		},
		{
			Name: "UNHEX", Category: "arithmetic", sig: nulls(types.StringType(), takes(maybe(types.BytesType()), text)), Usage: "UNHEX(s)",
			Doc: "Hex text to BYTES. Odd length: the leading nibble is dropped and its byte is zero (still must be a hex digit). Null for null or any non-hex character.",
		},
		{
			Name: "MD5", Category: "hash", sig: takes(gives(types.CharType(32)), textOrBinary), Usage: "MD5(s)",
			Doc: "Lower case hex digest of the UTF-8 bytes, CHAR(32); null for null. All hash functions also take bytes.",
		},
		{
			Name: "SHA1", Category: "hash", sig: takes(gives(types.CharType(40)), textOrBinary), Usage: "SHA1(s)",
			Doc: "Lower case hex digest of the UTF-8 bytes, CHAR(40); null for null.",
		},
		{
			Name: "SHA224", Category: "hash", sig: takes(gives(types.CharType(56)), textOrBinary), Usage: "SHA224(s)",
			Doc: "Lower case hex digest of the UTF-8 bytes, CHAR(56); null for null.",
		},
		{
			Name: "SHA256", Category: "hash", sig: takes(gives(types.CharType(64)), textOrBinary), Usage: "SHA256(s)",
			Doc: "Lower case hex digest of the UTF-8 bytes, CHAR(64); null for null.",
		},
		{
			Name: "SHA384", Category: "hash", sig: takes(gives(types.CharType(96)), textOrBinary), Usage: "SHA384(s)",
			Doc: "Lower case hex digest of the UTF-8 bytes, CHAR(96); null for null.",
		},
		{
			Name: "SHA512", Category: "hash", sig: takes(gives(types.CharType(128)), textOrBinary), Usage: "SHA512(s)",
			Doc: "Lower case hex digest of the UTF-8 bytes, CHAR(128); null for null.",
		},
		{
			Name: "SHA2", Category: "hash", sig: takes(gives(types.VarCharType(128)), textOrBinary, toInt), Usage: "SHA2(s, bits)",
			Doc: "SHA-2 digest of 224, 256, 384 or 512 bits as hex, VARCHAR(128); null if an argument is null; other bit lengths throw.",
		},
	}
}
