package dishonest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
)

var request = []byte(`{"text":"anything"}`)

func language(t *testing.T, body []byte) string {
	t.Helper()
	var r langid.Response
	require.NoError(t, json.Unmarshal(body, &r))
	return r.Language
}

func spec(t *testing.T, name string) task.ExpertSpec {
	t.Helper()
	s, err := task.FindExpert(Specs(), langid.Kind, name)
	require.NoError(t, err)
	require.True(t, s.Dishonest)
	return s
}

func TestRandomSpreads(t *testing.T) {
	e, err := spec(t, NameRandom).New(context.Background(), task.ExpertConfig{})
	require.NoError(t, err)
	count := map[string]int{}
	for range 2600 {
		out, err := e.Answer(context.Background(), request)
		require.NoError(t, err)
		count[language(t, out)]++
	}
	require.Len(t, count, 26)
	for l, n := range count {
		require.InDelta(t, 100, n, 60, l)
	}
	_, err = e.Answer(context.Background(), nil)
	require.ErrorIs(t, err, task.ErrBadRequest)
	_, err = NewRandom(nil)
	require.ErrorIs(t, err, task.ErrBadParameters)
}

func TestConstant(t *testing.T) {
	for name, c := range map[string]struct{ params, options, want string }{
		"default":            {``, ``, "eng"},
		"chosen":             {``, `{"language":"spa"}`, "spa"},
		"first-if-no-eng":    {`{"languages":["spa","deu"]}`, ``, "deu"},
		"not-of-the-subnet":  {`{"languages":["spa","deu"]}`, `{"language":"eng"}`, ""},
		"misspelt-an-option": {``, `{"lang":"eng"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := spec(t, NameConstant).New(context.Background(), task.ExpertConfig{Params: json.RawMessage(c.params), Options: json.RawMessage(c.options)})
			if c.want == "" {
				require.ErrorIs(t, err, task.ErrBadParameters)
				return
			}
			require.NoError(t, err)
			out, err := e.Answer(context.Background(), request)
			require.NoError(t, err)
			require.Equal(t, c.want, language(t, out))
		})
	}
}

func TestFlakyDropsAndDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := spec(t, NameFlaky).New(t.Context(), task.ExpertConfig{})
		require.NoError(t, err)
		var drops, slow int
		const n = 2000
		for range n {
			start := time.Now()
			_, err := e.Answer(t.Context(), request)
			if err != nil {
				require.ErrorIs(t, err, task.ErrOverloaded)
				drops++
			} else if time.Since(start) > langid.Descriptor().Deadline {
				slow++
			}
		}
		require.InDelta(t, 0.4, float64(drops)/n, 0.05)
		require.InDelta(t, 0.24, float64(slow)/n, 0.05)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		always, err := NewFlaky(NewConstant("eng"), FlakyOptions{Slow: 1, DelayMS: 60000})
		require.NoError(t, err)
		_, err = always.Answer(ctx, request)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestFlakyRefusesOptions(t *testing.T) {
	for _, options := range []string{`{"drop":2}`, `{"slow":-1}`, `{"delay_ms":70000}`, `{"dorp":1}`, `5`} {
		_, err := spec(t, NameFlaky).New(context.Background(), task.ExpertConfig{Options: json.RawMessage(options)})
		require.Error(t, err, options)
		require.False(t, errors.Is(err, task.ErrOverloaded))
	}
}
