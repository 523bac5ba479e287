package app_test

import (
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
)

// TestProposals: what a validator refuses in a block, and that an honest proposer leaves out just that.
func TestProposals(t *testing.T) {
	chain := apptest.New(t, apptest.WithAccounts("alice", "bob"), apptest.Single())
	alice, bob := apptest.NewAccount("alice"), apptest.NewAccount("bob")
	proposer := []byte("a proposer, 20 bytes")
	judge := func(txs ...[]byte) bool {
		t.Helper()
		res, err := chain.App.ProcessProposal(&abci.RequestProcessProposal{
			Txs: txs, Height: chain.Height() + 1, Time: chain.Now().Add(apptest.BlockTime), ProposerAddress: proposer,
		})
		require.NoError(t, err)
		return res.Status == abci.ResponseProcessProposal_ACCEPT
	}
	prepare := func(txs ...[]byte) [][]byte {
		t.Helper()
		res, err := chain.App.PrepareProposal(&abci.RequestPrepareProposal{
			Txs: txs, MaxTxBytes: app.MaxBlockBytes, Height: chain.Height() + 1, Time: chain.Now().Add(apptest.BlockTime), ProposerAddress: proposer,
		})
		require.NoError(t, err)
		return res.Txs
	}
	// signed are n transactions of alice's next sequences.
	signed := func(n int) [][]byte {
		chain.Blocks(1) // forgets what was signed before
		txs := make([][]byte, n)
		for i := range txs {
			txs[i] = chain.Sign(alice, send(alice, bob, 1))
		}
		return txs
	}
	marshal := func(part interface{ Marshal() ([]byte, error) }) []byte {
		t.Helper()
		bz, err := part.Marshal()
		require.NoError(t, err)
		return bz
	}
	// changed is a transaction with other parts; signed anew it is alice's.
	changed := func(raw []byte, anew bool, change func(*tx.Tx)) []byte {
		t.Helper()
		var parts tx.Tx
		require.NoError(t, parts.Unmarshal(raw))
		change(&parts)
		if anew {
			number := chain.App.AccountKeeper.GetAccount(chain.Context(), alice.Address).GetAccountNumber()
			signature, err := alice.Key.Sign(marshal(&tx.SignDoc{
				BodyBytes: marshal(parts.Body), AuthInfoBytes: marshal(parts.AuthInfo), ChainId: apptest.ChainID, AccountNumber: number,
			}))
			require.NoError(t, err)
			parts.Signatures = [][]byte{signature}
		}
		return marshal(&parts)
	}

	const full = app.MaxBlockGas / apptest.Gas
	t.Run("a-full-block-is-taken-and-one-transaction-more-is-not", func(t *testing.T) {
		txs := signed(full + 1)
		require.True(t, judge(txs[:full]...))
		require.False(t, judge(txs...))
		require.Equal(t, txs[:full], prepare(txs...))
	})

	txs := signed(3)
	for name, bad := range map[string][]byte{
		"no-transaction": {1, 2, 3},
		"nothing":        {},
		"forged":         changed(txs[2], false, func(p *tx.Tx) { p.Signatures[0][7] ^= 1 }),
		"unsigned":       changed(txs[2], false, func(p *tx.Tx) { p.Signatures[0] = nil }),
		"no-signature":   changed(txs[2], false, func(p *tx.Tx) { p.Signatures = nil }),
		"no-messages":    changed(txs[2], true, func(p *tx.Tx) { p.Body.Messages = nil }),
		"no-gas":         changed(txs[2], true, func(p *tx.Tx) { p.AuthInfo.Fee.GasLimit = 0 }),
		"expired":        changed(txs[2], true, func(p *tx.Tx) { p.Body.TimeoutHeight = uint64(chain.Height()) }),
		"repeated":       txs[1],
		"out-of-turn":    chain.Sign(alice, send(alice, bob, 1)), // its sequence is the fourth
	} {
		t.Run(name, func(t *testing.T) {
			block := slices.Concat(txs[:2], [][]byte{bad})
			if name == "out-of-turn" {
				block = [][]byte{bad, txs[0], txs[1]}
			}
			require.False(t, judge(block...))
			require.Equal(t, txs[:2], prepare(block...))
		})
	}
	t.Run("signed-anew-it-is-good", func(t *testing.T) {
		// Or the cases above would be refused for their signature; what it pays is each node's own to ask for.
		require.True(t, judge(txs[0], txs[1], changed(txs[2], true, func(p *tx.Tx) { p.AuthInfo.Fee.Amount = nil })))
	})
	t.Run("its-own-a-proposer-takes-as-it-is", func(t *testing.T) {
		own := prepare(txs...)
		require.True(t, judge(own...))
		require.False(t, judge(own[1], own[0], own[2]), "the same in another order")
		require.False(t, judge(own[1:]...), "a part of it")
		// At the next height, where it is in the chain, it is one that repeats it.
		chain.Block(own...)
		require.False(t, judge(own...))
		txs = signed(3)
	})
	t.Run("nothing-of-it-stays", func(t *testing.T) {
		require.True(t, judge(txs...))
		for _, result := range chain.Block(txs...).TxResults {
			require.Zero(t, result.Code, result.Log)
		}
	})
}
