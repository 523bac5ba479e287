package admin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/gateway/admin"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is an administration over a socket, beside a service that polls next to never.
type office struct {
	url     string
	token   admin.Token
	service *keys.Service
	log     bytes.Buffer
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{}
	db := storetest.Open(t, storetest.SQLite(t))
	var err error
	o.service, err = keys.NewService(t.Context(), keys.Options{Store: db, Poll: time.Hour})
	require.NoError(t, err)
	o.token, err = admin.ReadToken(filepath.Join(t.TempDir(), "admin-token"))
	require.NoError(t, err)
	s := httptest.NewServer(admin.New(admin.Options{Store: db, Service: o.service, Token: o.token, Log: slog.New(slog.NewTextHandler(&o.log, nil))}))
	t.Cleanup(s.Close)
	o.url = s.URL
	return o
}

func (o *office) ask(t *testing.T, bearer, method, path, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, o.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if bearer != "" {
		r.Header.Set("Authorization", bearer)
	}
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Body.Close()); http.DefaultClient.CloseIdleConnections() }()
	text, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	require.Equal(t, "application/json", w.Header.Get("Content-Type"))
	var out map[string]any
	require.NoError(t, json.Unmarshal(text, &out), "%s", text)
	return w.StatusCode, out
}

func (o *office) do(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	status, out := o.ask(t, "Bearer "+string(o.token), method, path, body)
	require.Equal(t, http.StatusOK, status, "%v", out)
	return out
}

func TestAKeysLife(t *testing.T) {
	o := open(t)
	c := o.do(t, "POST", "/admin/v1/customers", `{"name":"Ada"}`)
	id := c["id"].(string)
	c = o.do(t, "POST", "/admin/v1/customers/"+id+"/credits", `{"amount":5000000000}`)
	require.EqualValues(t, 5e9, c["credits"])
	k := o.do(t, "POST", "/admin/v1/keys", `{"customer":"`+id+`","name":"app","models":["1/*"],"budget":{"period":"day","amount":1000},"requests_per_minute":60}`)
	secret, kid := k["secret"].(string), k["id"].(string)
	_, err := o.service.Authorize(t.Context(), secret)
	require.NoError(t, err, "it may be used as soon as it is answered")

	for _, path := range []string{"/admin/v1/keys", "/admin/v1/keys/" + kid, "/admin/v1/changes"} {
		text, err := json.Marshal(o.do(t, "GET", path, ""))
		require.NoError(t, err)
		require.Contains(t, string(text), kid)
		require.NotContains(t, string(text), secret[len(secret)-43:], path)
		require.NotContains(t, string(text), "hash", path)
	}
	k = o.do(t, "PATCH", "/admin/v1/keys/"+kid, `{"requests_per_minute":1}`)
	require.EqualValues(t, 1, k["requests_per_minute"])
	require.Equal(t, []any{"1/*"}, k["models"], "what is not named stays")

	rotated := o.do(t, "POST", "/admin/v1/keys/"+kid+"/rotate", "")["secret"].(string)
	_, err = o.service.Authorize(t.Context(), secret)
	require.ErrorIs(t, err, &keys.Refusal{Code: keys.CodeInvalidKey})
	who, err := o.service.Authorize(t.Context(), rotated)
	require.NoError(t, err)
	_, err = o.service.Reserve(t.Context(), who, keys.Want{Model: "1/a"})
	require.NoError(t, err)
	_, err = o.service.Reserve(t.Context(), who, keys.Want{Model: "1/a"})
	require.ErrorIs(t, err, &keys.Refusal{Code: keys.CodeRate}, "the limit is in force")

	o.do(t, "POST", "/admin/v1/keys/"+kid+"/revoke", "")
	_, err = o.service.Authorize(t.Context(), rotated)
	require.ErrorIs(t, err, &keys.Refusal{Code: keys.CodeRevoked})
	require.Len(t, o.do(t, "GET", "/admin/v1/changes?subject="+kid, "")["data"], 4)
	require.Empty(t, o.do(t, "GET", "/admin/v1/keys?customer=other", "")["data"])
	require.Empty(t, o.do(t, "GET", "/admin/v1/usage?from=2026-01-01", "")["data"])
	for _, s := range []string{secret, rotated, string(o.token)} {
		require.NotContains(t, o.log.String(), s)
	}
}

func TestRefusals(t *testing.T) {
	o := open(t)
	id := o.do(t, "POST", "/admin/v1/customers", `{"name":"Ada"}`)["id"].(string)
	kid := o.do(t, "POST", "/admin/v1/keys", `{"customer":"`+id+`","name":"app"}`)["id"].(string)
	o.do(t, "POST", "/admin/v1/keys/"+kid+"/revoke", "")
	for _, c := range []struct {
		method, path, body string
		status             int
		code, says         string
	}{
		{"GET", "/admin/v1/nothing", "", 404, "unknown_route", ""},
		{"DELETE", "/admin/v1/keys", "", 404, "unknown_route", "DELETE"},
		{"GET", "/admin/v1/keys/0", "", 404, "not_found", `"0"`},
		{"POST", "/admin/v1/customers", `{`, 400, "invalid_json", ""},
		{"POST", "/admin/v1/customers", `{"name":"a"} {}`, 400, "invalid_json", "follows"},
		{"POST", "/admin/v1/customers", `{"name":""}`, 400, "invalid_value", "name"},
		{"POST", "/admin/v1/customers", `{"name":"` + strings.Repeat("a", 70_000) + `"}`, 413, "body_too_large", "65536"},
		{"POST", "/admin/v1/keys", `{"customer":"` + id + `","name":"x","request_per_minute":1}`, 400, "invalid_json", "request_per_minute"},
		{"POST", "/admin/v1/keys", `{"customer":"` + id + `","name":"x","requests_per_minute":-1}`, 400, "invalid_json", "requests_per_minute"},
		{"POST", "/admin/v1/keys", `{"customer":"nobody","name":"x"}`, 404, "not_found", "nobody"},
		{"PATCH", "/admin/v1/keys/" + kid, `{"name":"x"}`, 409, "key_revoked", "create another"},
		{"POST", "/admin/v1/keys/" + kid + "/rotate", ``, 409, "key_revoked", ""},
		{"POST", "/admin/v1/customers/" + id + "/credits", `{"amount":-1}`, 409, "insufficient_credits", ""},
		{"POST", "/admin/v1/customers/" + id + "/credits", `{"amount":0}`, 400, "invalid_value", "amount"},
		{"GET", "/admin/v1/usage?to=tomorrow", "", 400, "invalid_value", "to"},
	} {
		status, out := o.ask(t, "Bearer "+string(o.token), c.method, c.path, c.body)
		e := out["error"].(map[string]any)
		require.Equal(t, c.status, status, "%s %s: %v", c.method, c.path, e)
		require.Equal(t, c.code, e["code"], "%v", e)
		require.Contains(t, e["message"], c.says)
	}
}

func TestOnlyTheTokenAdmits(t *testing.T) {
	o := open(t)
	for _, bearer := range []string{"", "Bearer", "Bearer ", "Bearer x", "Bearer " + string(o.token) + "x", "Basic " + string(o.token), string(o.token)} {
		for _, path := range []string{"/admin/v1/customers", "/admin/v1/nothing"} {
			status, out := o.ask(t, bearer, "GET", path, "")
			require.Equal(t, 401, status, "%q", bearer)
			require.Equal(t, "invalid_admin_token", out["error"].(map[string]any)["code"])
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/admin/v1/customers", nil)
	r.Header.Set("Authorization", "Bearer ")
	admin.New(admin.Options{}).ServeHTTP(w, r)
	require.Equal(t, 401, w.Code, "no token is not the empty one")
}

func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin-token")
	first, err := admin.ReadToken(path)
	require.NoError(t, err)
	again, err := admin.ReadToken(path)
	require.NoError(t, err)
	require.Equal(t, string(first), string(again))
	require.NotContains(t, fmt.Sprintf("%v %s %q %#v", first, first, first, first), string(first))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	names, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, names, 1)

	require.NoError(t, os.Chmod(path, 0o640))
	_, err = admin.ReadToken(path)
	require.ErrorIs(t, err, admin.ErrToken)
	require.ErrorContains(t, err, "chmod 600")
	for _, text := range []string{"", "short", strings.Repeat("two words ", 9)} {
		bad := filepath.Join(t.TempDir(), "bad")
		require.NoError(t, os.WriteFile(bad, []byte(text), 0o600))
		_, err = admin.ReadToken(bad)
		require.ErrorIs(t, err, admin.ErrToken)
	}
}
