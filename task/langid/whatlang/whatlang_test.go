package whatlang

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
)

func TestAnswers(t *testing.T) {
	e, err := New([]string{"deu", "eng", "rus", "lvs"})
	require.NoError(t, err)
	for text, want := range map[string]string{
		"Der alte Bäcker öffnet seinen Laden vor Sonnenaufgang": "deu",
		"The old baker opens his shop before the sun comes up":  "eng",
		"Старый пекарь открывает свою лавку до восхода солнца":  "rus",
		"Vecais maiznieks atver savu veikalu pirms saullēkta":   "lvs",
		"1948":     langid.Undetermined,
		"שלום רב":  langid.Undetermined,
		"\x00\x01": langid.Undetermined,
	} {
		body, err := json.Marshal(langid.Request{Text: text})
		require.NoError(t, err)
		out, err := e.Answer(context.Background(), body)
		require.NoError(t, err)
		var r langid.Response
		require.NoError(t, json.Unmarshal(out, &r))
		require.Equal(t, want, r.Language, "%q", text)
	}
	_, err = e.Answer(context.Background(), []byte(`{}`))
	require.ErrorIs(t, err, task.ErrBadRequest)
	_, err = New([]string{"deu", "qqq"})
	require.ErrorIs(t, err, task.ErrBadParameters)
	sums, err := os.ReadFile("../../../go.sum")
	require.NoError(t, err)
	require.True(t, strings.Contains(string(sums), ModuleSum+"\n"), "ModuleSum is not what go.sum says: update it with the library")
}

func FuzzAnswer(f *testing.F) {
	e, err := New([]string{"deu", "eng", "rus"})
	require.NoError(f, err)
	f.Add("the old baker")
	f.Add("ⅷ\u0301 ß ﷺ")
	f.Fuzz(func(t *testing.T, text string) {
		body, err := json.Marshal(langid.Request{Text: text})
		require.NoError(t, err)
		out, err := e.Answer(context.Background(), body)
		if err != nil {
			require.ErrorIs(t, err, task.ErrBadRequest)
			return
		}
		require.True(t, json.Valid(out))
	})
}
