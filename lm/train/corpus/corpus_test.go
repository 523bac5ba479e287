package corpus

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const data = "../../../.agon/data/"

func needs(t *testing.T, dir string) string {
	t.Helper()
	if _, err := os.Stat(data + dir); err != nil {
		t.Skipf("no .agon/data/%s; scripts/data.sh fetches it", dir)
	}
	return data + dir
}

// The split is promised to those who compare models: it may not move.
func TestSplitIsPinned(t *testing.T) {
	docs, err := Sotu(needs(t, "sotu"))
	require.NoError(t, err)
	require.Len(t, docs, 233)
	training, held := Split(docs)
	require.Len(t, training, len(docs)-len(held))
	var names []string
	for _, d := range held {
		names = append(names, d.Name)
	}
	require.Equal(t, strings.Fields(`
		1799_john_adams_f 1831_andrew_jackson_d 1832_andrew_jackson_d 1838_martin_van_buren_d 1842_john_tyler_wd
		1848_james_polk_d 1890_benjamin_harrison_r 1892_benjamin_harrison_r 1893_grover_cleveland_d 1894_grover_cleveland_d
		1908_theodore_roosevelt_r 1925_calvin_coolidge_r 1954_dwight_d_eisenhower_r 1960_dwight_d_eisenhower_r
		1961_dwight_d_eisenhower_r 1966_lyndon_b_johnson_d 1968_lyndon_b_johnson_d 1974_richard_nixon_r 1979_jimmy_carter_d
		1981_jimmy_carter_d 1994_william_j_clinton_d 2005_george_w_bush_r`), names)
}

func TestSotu(t *testing.T) {
	docs, err := Sotu(needs(t, "sotu"))
	require.NoError(t, err)
	bytes := 0
	for i, d := range docs {
		require.Equal(t, d.Text, clean(d.Text), "cleaning twice changes nothing")
		require.True(t, utf8.ValidString(d.Text))
		require.Truef(t, strings.HasPrefix(d.Name, "1") || d.Year >= 2000, "%s says %d", d.Name, d.Year)
		if i > 0 {
			require.Less(t, docs[i-1].Name, d.Name)
		}
		bytes += len(d.Text)
	}
	require.Greater(t, bytes, 10_000_000)
}

func TestBrown(t *testing.T) {
	docs, err := Brown(needs(t, "brown"))
	require.NoError(t, err)
	require.Len(t, docs, 500)
	genres := map[string]int{}
	for _, d := range docs {
		genres[d.Genre]++
	}
	require.Len(t, genres, 15)
	require.Equal(t, 44, genres["news"])
	require.True(t, strings.HasPrefix(docs[0].Text, `The Fulton County Grand Jury said Friday an investigation of Atlanta's recent primary election produced "no evidence" that any irregularities took place.`+"\nThe jury further"), docs[0].Text[:200])
}

func TestUntag(t *testing.T) {
	require.Equal(t, `He said ("either/or"): "No." Then left.`,
		untag("\n\n\tHe/pps said/vbd (/( ``/`` either/or/cc ''/'' )/) :/: ``/`` No/rb ./. ''/'' Then/rb left/vbd ./.\n\n"))
}

func TestMissingCorpusSaysWhatToDo(t *testing.T) {
	for _, read := range []func(string) ([]Document, error){Sotu, Brown} {
		_, err := read(t.TempDir())
		require.ErrorIs(t, err, ErrCorpus)
		require.ErrorContains(t, err, "scripts/data.sh")
	}
}

func FuzzSpeech(f *testing.F) {
	f.Add([]byte(`{"year":1801,"text":"Fellow  Citizens\u2014of\tthe\nSenate "}`))
	f.Add([]byte(`{"year":1,"text":""}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := parseSpeech("x", raw)
		if err != nil {
			require.ErrorIs(t, err, ErrCorpus)
			return
		}
		require.Equal(t, d.Text, clean(d.Text))
		require.NotEmpty(t, d.Text)
	})
}
