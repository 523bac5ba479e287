package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// brownGenres are the names of the corpus' genres by the second letter of a file, as its CONTENTS has them, shortened.
var brownGenres = map[byte]string{
	'a': "news", 'b': "editorial", 'c': "reviews", 'd': "religion", 'e': "hobbies", 'f': "lore", 'g': "belles-lettres",
	'h': "government", 'j': "learned", 'k': "fiction", 'l': "mystery", 'm': "science-fiction", 'n': "adventure",
	'p': "romance", 'r': "humor",
}

var brownName = regexp.MustCompile(`^c[a-hj-npr][0-9][0-9]$`)

// Brown reads the Brown corpus in a folder by rising name, without its tags and with the blanks as one writes them.
func Brown(dir string) ([]Document, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w; run scripts/data.sh", ErrCorpus, err)
	}
	var docs []Document
	for _, e := range entries { // ReadDir sorts
		name := e.Name()
		if !brownName.MatchString(name) {
			continue
		}
		raw, err := read(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		docs = append(docs, Document{Name: name, Genre: brownGenres[name[1]], Text: untag(string(raw))})
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("%w: no texts ca01 to cr09 in %s; run scripts/data.sh", ErrCorpus, dir)
	}
	return docs, nil
}

// untag turns lines of word/tag into text. A mark sticks to what stands before or after it as in print; the tag begins at
// the last slash, for a word may hold one.
func untag(tagged string) string {
	var out strings.Builder
	for line := range strings.Lines(tagged) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		sticks := true // the next word stands without a blank before it
		for _, w := range words {
			if i := strings.LastIndexByte(w, '/'); i > 0 {
				w = w[:i]
			}
			switch w {
			case "``":
				w = `"`
				if !sticks {
					out.WriteByte(' ')
				}
				sticks = true
			case "''":
				w, sticks = `"`, false
			case ",", ".", ";", ":", "?", "!", ")", "]":
				sticks = false
			case "(", "[":
				if !sticks {
					out.WriteByte(' ')
				}
				sticks = true
			default:
				if !sticks {
					out.WriteByte(' ')
				}
				sticks = false
			}
			out.WriteString(w)
		}
	}
	return clean(out.String())
}
