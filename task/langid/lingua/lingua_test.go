package lingua

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
)

func ask(t *testing.T, e task.Expert, text string) langid.Response {
	t.Helper()
	body, err := json.Marshal(langid.Request{Text: text})
	require.NoError(t, err)
	out, err := e.Answer(context.Background(), body)
	require.NoError(t, err)
	var r langid.Response
	require.NoError(t, json.Unmarshal(out, &r))
	return r
}

func TestAnswers(t *testing.T) {
	for _, mode := range []Mode{High, Low} {
		e, err := New(mode, []string{"azj", "deu", "eng", "rus"})
		require.NoError(t, err)
		require.Equal(t, "lingua-"+string(mode), e.Name())
		for text, want := range map[string]string{
			"Der alte Bäcker öffnet seinen Laden vor Sonnenaufgang":         "deu",
			"The old baker opens his shop before the sun comes up":          "eng",
			"Старый пекарь открывает свою лавку до восхода солнца":          "rus",
			"Qoca çörəkçi dükanını günəş doğmamış açır və çox gec bağlayır": "azj",
			"1948": langid.Undetermined,
		} {
			r := ask(t, e, text)
			require.Equal(t, want, r.Language, "%s %q", mode, text)
		}
		_, err = e.Answer(context.Background(), []byte(`{"text":""}`))
		require.ErrorIs(t, err, task.ErrBadRequest)
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = e.Answer(stopped, []byte(`{"text":"a"}`))
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestAnswersTogether(t *testing.T) {
	e, err := New(Low, []string{"deu", "eng"})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if r := ask(t, e, "the letters in the wooden box"); r.Language != "eng" {
					t.Errorf("got %s", r.Language)
				}
			}
		})
	}
	wg.Wait()
}

func TestNewRefuses(t *testing.T) {
	_, err := New("middling", []string{"deu", "eng"})
	require.ErrorContains(t, err, "middling")
	_, err = New(Low, []string{"deu", "qqq"})
	require.ErrorIs(t, err, task.ErrBadParameters)
}

func TestVersionFollowsModelAndLanguages(t *testing.T) {
	a, err := New(Low, []string{"deu", "eng"})
	require.NoError(t, err)
	b, err := New(Low, []string{"deu", "eng"})
	require.NoError(t, err)
	c, err := New(Low, []string{"deu", "eng", "rus"})
	require.NoError(t, err)
	require.Equal(t, a.Version(), b.Version())
	require.NotEqual(t, a.Version(), c.Version())
	sums, err := os.ReadFile("../../../go.sum")
	require.NoError(t, err)
	require.True(t, strings.Contains(string(sums), ModuleSum+"\n"), "ModuleSum is not what go.sum says: update it with the library")
}
