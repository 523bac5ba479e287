package app

import (
	"encoding/json"
	"errors"
	"fmt"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
)

// ErrZeroHeight is returned for an export that would restart the heights at zero. Epochs, unbonding and price decay
// are reckoned in heights; a chain that continues from an export continues the heights too, through the
// initial_height of its genesis.
var ErrZeroHeight = errors.New("export for height zero is not supported; " +
	"export without --for-zero-height and --jail-allowed-addrs and start the new chain at the exported initial_height")

// Export writes the state after the last committed block as a genesis that continues it.
// modules restricts the export; an empty list means all.
func (app *App) Export(forZeroHeight bool, jailAllowed, modules []string) (servertypes.ExportedApp, error) {
	if forZeroHeight || len(jailAllowed) > 0 {
		return servertypes.ExportedApp{}, ErrZeroHeight
	}
	ctx := app.NewContextLegacy(true, cmtproto.Header{Height: app.LastBlockHeight()})
	state, err := app.modules.ExportGenesisForModules(ctx, app.encoding.Codec, modules)
	if err != nil {
		return servertypes.ExportedApp{}, fmt.Errorf("export at height %d: %w", app.LastBlockHeight(), err)
	}
	raw, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return servertypes.ExportedApp{}, fmt.Errorf("encode exported state: %w", err)
	}
	validators, err := staking.WriteValidators(ctx, app.StakingKeeper)
	if err != nil {
		return servertypes.ExportedApp{}, fmt.Errorf("export validators: %w", err)
	}
	return servertypes.ExportedApp{
		AppState:        raw,
		Validators:      validators,
		Height:          app.LastBlockHeight() + 1,
		ConsensusParams: app.GetConsensusParams(ctx),
	}, nil
}
