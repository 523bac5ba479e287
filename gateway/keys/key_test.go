package keys_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

func TestScopeAllowsModels(t *testing.T) {
	for _, c := range []struct {
		patterns string
		model    string
		want     bool
	}{
		{"", "1/anything", true},
		{"1/llama", "1/llama", true},
		{"1/llama", "1/llama@3", true},
		{"1/llama", "1/llama2", false},
		{"1/llama", "11/llama", false},
		{"1/llama@3", "1/llama@3", true},
		{"1/llama@3", "1/llama", false},
		{"1/llama@3", "1/llama@4", false},
		{"1/llama@*", "1/llama@4", true},
		{"1/*", "1/llama", true},
		{"1/*", "1/llama@3", true},
		{"1/*", "1/a/b", false},
		{"1/*", "12/llama", false},
		{"*/llama", "7/llama", true},
		{"*/llama", "7/8/llama", false},
		{"*", "llama", true},
		{"*", "1/llama", false},
		{"1/*a*", "1/banana", true},
		{"1/*a*x", "1/banana", false},
		{"2/x 1/*", "1/y", true},
	} {
		s := keys.Scope{Models: strings.Fields(c.patterns)}
		require.Equal(t, c.want, s.Allows(c.model), "%s by %s", c.model, c.patterns)
	}
}

func TestScopesOutOfBoundsAreNamed(t *testing.T) {
	many := make([]string, keys.MaxModels+1)
	for _, c := range []struct {
		scope keys.Scope
		says  string
	}{
		{keys.Scope{Models: many}, "models: 65 patterns"},
		{keys.Scope{Models: []string{""}}, "models"},
		{keys.Scope{Models: []string{"a b"}}, "models"},
		{keys.Scope{Models: []string{"a\xff"}}, "models"},
		{keys.Scope{Models: []string{strings.Repeat("a", keys.MaxModel+1)}}, "models"},
		{keys.Scope{Budget: keys.Budget{Period: "year", Amount: 1}}, "budget.period"},
		{keys.Scope{Budget: keys.Budget{Period: keys.Day}}, "budget:"},
		{keys.Scope{Budget: keys.Budget{Amount: 1}}, "budget:"},
		{keys.Scope{Budget: keys.Budget{Period: keys.Day, Amount: keys.MaxAmount + 1}}, "budget.amount"},
		{keys.Scope{RequestsPerMinute: keys.MaxRate + 1}, "requests_per_minute"},
		{keys.Scope{TokensPerMinute: keys.MaxRate + 1}, "tokens_per_minute"},
	} {
		err := c.scope.Validate()
		require.ErrorIs(t, err, keys.ErrInvalid, c.says)
		require.ErrorContains(t, err, c.says)
	}
}

func TestLedgerRefusals(t *testing.T) {
	b := newBank(t, storetest.SQLite(t), 10)
	ctx := t.Context()
	_, err := b.ledger.CreateCustomer(ctx, "", "")
	require.ErrorIs(t, err, keys.ErrInvalid)
	_, err = b.ledger.CreateCustomer(ctx, "two\nlines", "")
	require.ErrorIs(t, err, keys.ErrInvalid)
	_, err = b.ledger.CreateCustomer(ctx, "x", "Agon1!")
	require.ErrorIs(t, err, keys.ErrInvalid)
	_, err = b.ledger.CreateKey(ctx, keys.NewKey{Customer: "cus-0", Name: "x"})
	require.ErrorIs(t, err, keys.ErrNotFound)
	_, err = b.ledger.CreateKey(ctx, keys.NewKey{Customer: b.customer, Name: "x", Scope: keys.Scope{Budget: keys.Budget{Amount: 1}}})
	require.ErrorIs(t, err, keys.ErrInvalid)
	_, err = b.ledger.Usage(ctx, keys.UsageFilter{From: "yesterday"})
	require.ErrorIs(t, err, keys.ErrInvalid)
	require.ErrorContains(t, err, "from")

	k := b.key(t, keys.Scope{})
	bad := "month"
	_, err = b.ledger.UpdateKey(ctx, k.ID, keys.KeyPatch{Budget: &keys.Budget{Period: keys.Period(bad)}})
	require.ErrorIs(t, err, keys.ErrInvalid)
	_, err = b.ledger.RevokeKey(ctx, k.ID)
	require.NoError(t, err)
	_, err = b.ledger.RevokeKey(ctx, k.ID)
	require.ErrorIs(t, err, keys.ErrRevoked)
	_, err = b.ledger.RotateKey(ctx, k.ID)
	require.ErrorIs(t, err, keys.ErrRevoked)
	_, err = b.ledger.UpdateKey(ctx, k.ID, keys.KeyPatch{Name: &bad})
	require.ErrorIs(t, err, keys.ErrRevoked)

	trail, err := b.ledger.Changes(ctx, k.ID)
	require.NoError(t, err)
	require.Len(t, trail, 2, "creation and revocation, and nothing of what was refused")
	require.Equal(t, "key.revoke", trail[0].Action)
	require.Equal(t, "test", trail[0].Actor)
}

func TestSecretsAreShownOnceAndKeptNowhere(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	b := newBank(t, storetest.SQLite(t), 10)
	k := b.key(t, keys.Scope{})
	random := string(k.Secret[len(k.Secret)-43:])

	logger.Info("all", "key", k, "secret", k.Secret)
	fmt.Fprintf(&log, "%v %+v %#v %s %q", k, k, k.Secret, k.Secret, k.Secret)
	require.NotContains(t, log.String(), random)
	require.Contains(t, log.String(), k.ID, "which key it is may be said")

	shown, err := json.Marshal(k)
	require.NoError(t, err)
	require.Contains(t, string(shown), string(k.Secret), "its maker is shown it")
	rotated, err := b.ledger.RotateKey(t.Context(), k.ID)
	require.NoError(t, err)
	require.NotEqual(t, k.Secret, rotated.Secret)
	require.Equal(t, k.ID, rotated.ID)

	all, err := b.ledger.Keys(t.Context(), b.customer)
	require.NoError(t, err)
	trail, err := b.ledger.Changes(t.Context(), "")
	require.NoError(t, err)
	kept, err := json.Marshal([]any{all, trail})
	require.NoError(t, err)
	for _, secret := range []keys.Secret{k.Secret, rotated.Secret} {
		require.NotContains(t, string(kept), string(secret[len(secret)-43:]))
	}

	s, _ := b.start(t, keys.Options{})
	_, err = s.Authorize(t.Context(), string(k.Secret))
	code(t, err, keys.CodeInvalidKey)
	_, err = s.Authorize(t.Context(), string(rotated.Secret))
	require.NoError(t, err)
}

func TestAuthorizeRefusals(t *testing.T) {
	at := newClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	b := newBank(t, storetest.SQLite(t), 10)
	k := b.key(t, keys.Scope{Expires: at.now().Add(time.Hour)})
	other := b.key(t, keys.Scope{})
	s, _ := b.start(t, keys.Options{Now: at.now})
	for _, secret := range []string{
		"", "sk-x", string(k.Secret) + "x", string(k.Secret[:len(k.Secret)-1]), strings.ToUpper(string(k.Secret)),
		string(k.Secret[:len(k.Secret)-43]) + string(other.Secret[len(other.Secret)-43:]), // one key's id, another's secret
		strings.Replace(string(k.Secret), k.ID, "0123456789abcdef", 1),
	} {
		_, err := s.Authorize(t.Context(), secret)
		require.Equal(t, 401, code(t, err, keys.CodeInvalidKey).Status)
	}
	_, err := s.Authorize(t.Context(), string(k.Secret))
	require.NoError(t, err)
	at.move(time.Hour)
	_, err = s.Authorize(t.Context(), string(k.Secret))
	require.Equal(t, 401, code(t, err, keys.CodeExpired).Status)
}
