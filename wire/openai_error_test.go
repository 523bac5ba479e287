package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func TestWriteErrorHasOpenAIShape(t *testing.T) {
	w := httptest.NewRecorder()
	wire.WriteError(w, fmt.Errorf("%w: nonce x", wire.ErrReplay))
	require.Equal(t, 409, w.Code)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.JSONEq(t, `{"error":{"message":"request was seen before: nonce x","type":"invalid_request_error","param":null,"code":"replayed_request"}}`, w.Body.String())
}

func TestErrorForHidesWhatIsInternal(t *testing.T) {
	e := wire.ErrorFor(errors.New("open /var/lib/secret: denied"))
	require.Equal(t, 500, e.Status)
	require.NotContains(t, string(e.Body()), "secret")
	own := wire.NewAPIError(422, "bad_language", "input", "input is empty")
	require.Same(t, own, wire.ErrorFor(fmt.Errorf("handler: %w", own)))
}

func TestParseAPIError(t *testing.T) {
	for _, tc := range []struct{ name, body, message, typ string }{
		{"openai", `{"error":{"message":"m","type":"t","param":"p","code":"c"}}`, "m", "t"},
		{"no-error-field", `{"detail":"x"}`, `{"detail":"x"}`, "rate_limit_error"},
		{"error-is-a-string", `{"error":"x"}`, `{"error":"x"}`, "rate_limit_error"},
		{"empty", "", "Too Many Requests", "rate_limit_error"},
		{"not-text", "\xff\xfe", "?", "rate_limit_error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := wire.ParseAPIError(429, []byte(tc.body))
			require.Equal(t, tc.message, e.Message)
			require.Equal(t, tc.typ, e.Type)
			require.Equal(t, 429, e.Status)
		})
	}
	e := wire.NewAPIError(400, "code", "param", "message")
	got := wire.ParseAPIError(400, e.Body())
	require.Equal(t, e, got)
}

func FuzzParseAPIError(f *testing.F) {
	f.Add([]byte(`{"error":{"message":"m"}}`))
	f.Add([]byte(strings.Repeat("é", 2000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		e := wire.ParseAPIError(500, b)
		require.NotEmpty(t, e.Message)
		require.LessOrEqual(t, len(e.Message), 1024*3)
		require.True(t, utf8.ValidString(e.Message))
		require.True(t, json.Valid(e.Body()))
	})
}
