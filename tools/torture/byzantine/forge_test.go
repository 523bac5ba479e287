package byzantine

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
)

// TestHonestValidators: an honest application refuses each kind of garbage, accepts what is lawful, and has after all of it the state of
// one that saw none.
func TestHonestValidators(t *testing.T) {
	chain := apptest.New(t, apptest.Single())
	quiet := apptest.New(t, apptest.Single())
	validator := apptest.NewAccount(apptest.ValidatorName)
	f := newForge(chain.App, account{validator.Key}, 1)
	first := f.toSelf(validator.Address)
	f.see(chain.Sign(validator, first))
	require.Zero(t, chain.Block(f.seen).TxResults[0].Code)
	quiet.MustDeliver(validator, first)
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			at := chain.Now().Add(apptest.BlockTime)
			const room = app.MaxBlockBytes - 10_000
			txs, err := f.fill(k, &abci.RequestPrepareProposal{Height: chain.Height() + 1, Time: at, MaxTxBytes: room})
			require.NoError(t, err)
			require.NoError(t, cmttypes.ToTxs(txs).Validate(room), "CometBFT would not send it")
			res, err := chain.App.ProcessProposal(&abci.RequestProcessProposal{Txs: txs, Height: chain.Height() + 1, Time: at})
			require.NoError(t, err)
			require.Equal(t, k.lawful, res.Status == abci.ResponseProcessProposal_ACCEPT, "%d transactions", len(txs))
			chain.Blocks(1)
			quiet.Blocks(1)
			require.Equal(t, quiet.AppHash(), chain.AppHash())
		})
	}
}
