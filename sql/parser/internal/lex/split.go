package lex

// Statement is the token range of one statement of a script.
type Statement struct {
	// Start and End are the byte range without the semicolon.
	Start, End int
	// Tokens are the statement's tokens and an EOF token that stands for the
	// semicolon or for the end of the text.
	Tokens []Token
	// Closed reports whether a semicolon ends the statement.
	Closed bool
	// Open reports whether the text ends inside a BEGIN … END block.
	Open bool
}

// Split cuts tokens into statements. A semicolon within STATEMENT SET BEGIN …
// END does not end a statement. Empty statements are left out.
func Split(toks []Token) []Statement {
	var out []Statement
	start, block := 0, false
	for i, t := range toks {
		if t.Kind != EOF && !t.Is(";") {
			if t.Is("BEGIN") && i-start >= 3 && toks[i-1].Is("SET") && toks[i-2].Is("STATEMENT") && !toks[start].Is("BEGIN") {
				block = true
			}
			continue
		}
		if t.Kind != EOF && block && !(toks[i-1].Is("END") && (toks[i-2].Is(";") || toks[i-2].Is("BEGIN"))) {
			continue
		}
		if i > start {
			open := block && !toks[i-1].Is("END")
			body := make([]Token, i-start+1)
			copy(body, toks[start:i])
			body[i-start] = Token{Kind: EOF, Pos: t.Pos, End: t.Pos}
			out = append(out, Statement{
				Start: toks[start].Pos, End: toks[i-1].End, Tokens: body, Closed: t.Kind != EOF, Open: open,
			})
		}
		start, block = i+1, false
	}
	return out
}
