package cmd_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/cmd/agond/cmd"
)

func TestExplain(t *testing.T) {
	root, err := cmd.NewRootCommand()
	require.NoError(t, err)
	stake := []string{"tx", "stake", "add-stake", "x", "1", "5"}
	for _, tc := range []struct {
		name string
		args []string
		err  string
		want string
	}{
		{
			"a-module-s-refusal-alone", stake,
			"rpc error: code = Unknown desc = rpc error: code = Unknown desc = failed to execute message; message index: 0: amount is 1nagon, at least 1000000: amount below the minimum [/go/pkg/mod/cosmossdk.io/errors@v1.1.0/errors.go:165] with gas used: '31913': unknown request",
			"amount is 1nagon, at least 1000000: amount below the minimum",
		},
		{
			"a-query-s-refusal-alone",
			[]string{"query", "stake", "pool", "99"},
			"rpc error: code = NotFound desc = rpc error: code = NotFound desc = netuid 99; list the pools with agond query stake pools: pool not found: key not found",
			"netuid 99; list the pools with agond query stake pools: pool not found",
		},
		{
			"an-argument-by-its-name", stake,
			`invalid argument "x" for "--0" flag: invalid account address or key name: decoding bech32 failed: invalid separator index 4`,
			`hotkey is "x": invalid account address or key name: decoding bech32 failed: invalid separator index 4; give an address (agon1...) or the name of a key: agond keys list`,
		},
		{
			"an-amount-without-unit", stake,
			`invalid argument "5" for "--2" flag: invalid input format`,
			`amount is "5": invalid input format; give an amount with its unit, such as 5000000000nagon (5 AGON) or 5000000000alpha/1`,
		},
		{
			"an-argument-beyond-the-usage", stake,
			`invalid argument "5" for "--9" flag: bad`,
			`argument 9 is "5": bad`,
		},
		{
			"no-node",
			[]string{"query", "stake", "pools"},
			`post failed: Post "http://127.0.0.1:1": dial tcp 127.0.0.1:1: connect: connection refused`,
			`post failed: Post "http://127.0.0.1:1": dial tcp 127.0.0.1:1: connect: connection refused; no node answers there: start agond, or name another with --node`,
		},
		{
			"too-few-arguments",
			[]string{"query", "stake", "pool"},
			"accepts 1 arg(s), received 0",
			"accepts 1 arg(s), received 0; usage: agond query stake pool [netuid] [flags]",
		},
		{
			"an-unknown-key",
			[]string{"tx", "stake", "add-stake"},
			"failed to convert address field to address: nobody.info: key not found [cosmos/cosmos-sdk@v0.55.0/crypto/keyring/keyring.go:549]",
			"failed to convert address field to address: nobody.info: key not found; list the keys with agond keys list; --home and --keyring-backend say where they are kept",
		},
		{"many-lines-are-one", []string{"nonsense"}, "one\n  two", "one two"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, cmd.Explain(root, tc.args, errors.New(tc.err)))
		})
	}
}
