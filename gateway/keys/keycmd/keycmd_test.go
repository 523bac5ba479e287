package keycmd_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/keycmd"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

// shell types commands on one database.
type shell struct {
	t    *testing.T
	name string
}

func (s shell) try(args ...string) (stdout, stderr string, err error) {
	root := &cobra.Command{Use: "agon-gateway", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(keycmd.New(keycmd.Options{
		Flags:    func(f *pflag.FlagSet) { f.String("database", s.name, "") },
		Database: func(c *cobra.Command) (string, error) { return c.Flags().GetString("database") },
	})...)
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(args)
	err = root.ExecuteContext(s.t.Context())
	return out.String(), errs.String(), err
}

func (s shell) run(args ...string) string {
	s.t.Helper()
	out, _, err := s.try(args...)
	require.NoError(s.t, err, "%v", args)
	return out
}

// read decodes what a command answers to --output json.
func read[T any](s shell, args ...string) (v T) {
	s.t.Helper()
	d := json.NewDecoder(strings.NewReader(s.run(append(args, "--output", "json")...)))
	require.NoError(s.t, d.Decode(&v))
	return v
}

func TestAKeysLife(t *testing.T) {
	s := shell{t, filepath.Join(t.TempDir(), "keys.db")}
	customer := strings.TrimSpace(s.run("customer", "create", "Ada's lab"))
	require.Contains(t, s.run("customer", "credit", customer, "10.5agon"), "10.5 AGON")
	require.EqualValues(t, 10_000_000_000, read[keys.Customer](s, "customer", "debit", customer, "500000000nagon").Credits)

	out, rest, err := s.try("key", "create", "app", "--models", "1/*,2/x@3", "--budget", "0.5agon/day", "--requests-per-minute", "60", "--expires", "48h")
	require.NoError(t, err)
	secret := strings.TrimSuffix(out, "\n")
	require.NotContains(t, secret, "\n", "stdout is the secret alone")
	require.NotContains(t, rest, secret)
	require.Contains(t, rest, "0.5 AGON/day")

	list := read[[]keys.Key](s, "key", "list")
	require.Len(t, list, 1)
	k := list[0]
	require.Equal(t, []string{"1/*", "2/x@3"}, k.Models)
	require.Equal(t, keys.Budget{Period: keys.Day, Amount: 500_000_000}, k.Budget)
	require.EqualValues(t, 60, k.RequestsPerMinute)
	require.WithinDuration(t, time.Now().Add(48*time.Hour), k.Expires, time.Minute)
	require.Contains(t, s.run("key", "show", k.ID), "1/*, 2/x@3")

	changed := read[keys.Key](s, "key", "limit", k.ID, "--models", "all", "--budget", "none", "--expires", "never", "--tokens-per-minute", "9")
	require.Empty(t, changed.Models)
	require.Zero(t, changed.Budget)
	require.True(t, changed.Expires.IsZero())
	require.EqualValues(t, 60, changed.RequestsPerMinute, "what no flag names stays")

	// A gateway on the same database.
	service, err := keys.NewService(t.Context(), keys.Options{Store: storetest.Open(t, s.name)})
	require.NoError(t, err)
	_, err = service.Authorize(t.Context(), secret)
	require.NoError(t, err)
	rotated := read[map[string]any](s, "key", "rotate", k.ID)["secret"].(string)
	require.NoError(t, service.Refresh(t.Context()))
	_, err = service.Authorize(t.Context(), secret)
	require.ErrorIs(t, err, &keys.Refusal{Code: keys.CodeInvalidKey})
	_, err = service.Authorize(t.Context(), rotated)
	require.NoError(t, err)

	require.Contains(t, s.run("key", "usage", k.ID), "all")
	require.Empty(t, read[[]keys.UsageRow](s, "key", "usage", "--from", "2026-01-01"))
	require.False(t, read[keys.Key](s, "key", "revoke", k.ID).Revoked.IsZero())
	require.Empty(t, read[[]keys.Key](s, "key", "list"))
	require.Len(t, read[[]keys.Key](s, "key", "list", "--all"), 1)
	require.Contains(t, s.run("key", "list", "--all"), "revoked")

	trail := s.run("key", "history", k.ID)
	for _, action := range []string{"key.create", "key.update", "key.rotate", "key.revoke"} {
		require.Contains(t, trail, action)
	}
	all := s.run("key", "history") + s.run("key", "show", k.ID) + s.run("customer", "list")
	for _, secret := range []string{secret, rotated} {
		require.NotContains(t, all, secret[len(secret)-43:])
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	s := shell{t, filepath.Join(t.TempDir(), "keys.db")}
	_, _, err := s.try("key", "create", "app")
	require.ErrorContains(t, err, "customer create")
	customer := strings.TrimSpace(s.run("customer", "create", "Ada"))
	k := read[keys.Key](s, "key", "create", "app")
	s.run("customer", "create", "Bea")
	for _, c := range []struct {
		args string
		says string
	}{
		{"key create app", "there are 2 customers"},
		{"key create app --customer cus-0", "not found"},
		{"key create app --customer " + customer + " --budget 5agon", "no period"},
		{"key create app --customer " + customer + " --budget 5/day", "no unit"},
		{"key create app --customer " + customer + " --budget 5tao/day", "no unit"},
		{"key create app --customer " + customer + " --budget 0agon/day", "between 1"},
		{"key create app --customer " + customer + " --budget 1.0000000001agon/day", "9 digits"},
		{"key create app --customer " + customer + " --budget 1.5nagon/day", "0 digits"},
		{"key create app --customer " + customer + " --budget 5agon/year", "day, week, month, total"},
		{"key create app --customer " + customer + " --expires soon", "720h"},
		{"key create app --customer " + customer + " --expires 2020-01-01", "revoke it"},
		{"key limit " + k.ID, "nothing to change"},
		{"key limit 0 --budget none", "not found"},
		{"key usage 0", "not found"},
		{"key usage --from monday", "from"},
		{"key list --output yaml", "text nor json"},
		{"customer debit " + customer + " 1agon", "credits do not suffice"},
		{"customer credit " + customer + " 99999999999agon", "between 1 and"},
		{"key frobnicate", "unknown command"},
	} {
		_, _, err := s.try(strings.Fields(c.args)...)
		require.ErrorContains(t, err, c.says, c.args)
	}
	require.Len(t, read[[]keys.Key](s, "key", "list"), 1, "what was refused made nothing")
}

func TestEveryCommandHasAnExample(t *testing.T) {
	found := 0
	for _, group := range keycmd.New(keycmd.Options{}) {
		for _, c := range append(group.Commands(), group) {
			found++
			require.Contains(t, c.Example, "agon-gateway "+group.Name(), c.Name())
		}
	}
	require.Equal(t, 15, found)
}
