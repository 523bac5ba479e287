package corpus

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxFile bounds one text; the longest speech has 220 kB.
const maxFile = 4 << 20

// Sotu reads the State of the Union speeches below a folder (…/data/1790_george_washington_n.json and so on), by rising
// name.
func Sotu(dir string) ([]Document, error) {
	files, err := filepath.Glob(filepath.Join(dir, "data", "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%w: no speeches in %s; run scripts/data.sh", ErrCorpus, dir)
	}
	var docs []Document
	for _, file := range files { // Glob sorts
		raw, err := read(file)
		if err != nil {
			return nil, err
		}
		d, err := parseSpeech(stem(file), raw)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, nil
}

func parseSpeech(name string, raw []byte) (Document, error) {
	var speech struct {
		Year int
		Text string
	}
	if err := json.Unmarshal(raw, &speech); err != nil {
		return Document{}, fmt.Errorf("%w: %s: %w", ErrCorpus, name, err)
	}
	text := clean(speech.Text)
	if speech.Year < 1700 || speech.Year > 2100 || text == "" {
		return Document{}, fmt.Errorf("%w: %s has year %d and %d bytes of text, wants a year from 1700 to 2100 and a text", ErrCorpus, name, speech.Year, len(text))
	}
	return Document{Name: name, Year: speech.Year, Text: text}, nil
}

func stem(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return name
}

func read(file string) ([]byte, error) {
	if info, err := os.Stat(file); err != nil {
		return nil, err
	} else if info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %s has %d bytes, at most %d", ErrCorpus, file, info.Size(), maxFile)
	}
	return os.ReadFile(file)
}

// plain has for every letter and mark that a keyboard lacks what one writes instead.
var plain = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "—", " -- ", "–", "-", "‑", "-", "•", "-", "\u00a0", " ", "\r", "")

// clean drops control characters and what is no UTF-8, and joins runs of blanks; line feeds stay.
func clean(s string) string {
	s = plain.Replace(s)
	var b strings.Builder
	b.Grow(len(s))
	blank, fresh := false, true // a blank is owed; a line begins
	for _, r := range s {
		switch {
		case r == '\n':
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			blank, fresh = false, true
		case r == ' ' || r == '\t':
			blank = true
		case r < ' ' || r == 0x7f || r == utf8.RuneError:
		default:
			if blank && !fresh {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
			blank, fresh = false, false
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
