package pinned

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agon-chain/agon/task"
)

const (
	// heldOutShare of the documents measure versions and are not asked about.
	heldOutShare = 0.2
	// leastDocuments is what a subnet's text needs.
	leastDocuments = 5
	// maxDocuments and maxText bound what is read.
	maxDocuments = 100_000
	maxText      = 1 << 30
	// passageWords is how many words a paragraph that is asked from has at least.
	passageWords = 12
)

// folder implements task.Source. Paragraphs are parted by empty lines.
type folder struct {
	dir  string
	salt string
}

// Folder is the documents of a folder, a .txt file each. The salt decides which are held out; all validators of a subnet share it.
func Folder(dir, salt string) task.Source { return folder{dir, salt} }

// Documents implements task.Source.
func (f folder) Documents(ctx context.Context, part task.Part) ([]task.Document, error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: no folder %s; put the subnet's text there, one .txt file a document", task.ErrNoMaterial, f.dir)
	}
	if err != nil {
		return nil, err
	}
	var docs []task.Document
	var size int64
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".txt") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(f.dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if size += int64(len(b)); size > maxText || len(docs) == maxDocuments {
			return nil, fmt.Errorf("%s: more than %d documents or %d bytes", f.dir, maxDocuments, maxText)
		}
		if !utf8.Valid(b) {
			return nil, fmt.Errorf("%s: not UTF-8", filepath.Join(f.dir, e.Name()))
		}
		if d := (task.Document{ID: e.Name(), Label: "text", Texts: paragraphs(string(b))}); len(d.Texts) > 0 {
			docs = append(docs, d)
		}
	}
	if len(docs) < leastDocuments {
		return nil, fmt.Errorf("%w: %s has %d documents, want at least %d", task.ErrNoMaterial, f.dir, len(docs), leastDocuments)
	}
	training, heldOut := task.Split(docs, heldOutShare, f.salt)
	if part == task.HeldOut {
		return heldOut, nil
	}
	return training, nil
}

// paragraphs are the parts of a text that are long enough to ask from, their white space made single.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if words := strings.Fields(p); len(words) >= passageWords {
			out = append(out, strings.Join(words, " "))
		}
	}
	return slices.Clip(out)
}
