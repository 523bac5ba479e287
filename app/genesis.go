package app

import (
	"encoding/json"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/bank"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	"github.com/cosmos/cosmos-sdk/x/slashing"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agon-chain/agon/app/params"
)

// GenesisState is the first state of each module, as JSON by module name.
type GenesisState map[string]json.RawMessage

// newBasics collects the modules' stateless faces, with Agon's defaults in the place of the SDK's where they differ.
func newBasics(manager *module.Manager) module.BasicManager {
	return module.NewBasicManagerFromManager(manager, map[string]module.AppModuleBasic{
		// The genesis commands look for this concrete type.
		genutiltypes.ModuleName:  genutil.NewAppModuleBasic(genutiltypes.DefaultMessageValidator),
		banktypes.ModuleName:     bankBasic{},
		stakingtypes.ModuleName:  stakingBasic{},
		slashingtypes.ModuleName: slashingBasic{},
		govtypes.ModuleName:      govBasic{gov.NewAppModuleBasic(nil)},
	})
}

type bankBasic struct{ bank.AppModuleBasic }

// DefaultGenesis describes AGON to wallets.
func (bankBasic) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	state := banktypes.DefaultGenesisState()
	state.DenomMetadata = []banktypes.Metadata{params.Metadata()}
	return cdc.MustMarshalJSON(state)
}

type stakingBasic struct{ staking.AppModuleBasic }

// DefaultGenesis asks one AGON, burned, for a change of consensus key, and keeps no history of validators.
func (stakingBasic) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	state := stakingtypes.DefaultGenesisState()
	state.Params.BondDenom = params.BaseDenom
	state.Params.KeyRotationFee = params.Agon(1)
	// Nothing here asks for the sets of consensus validators of past blocks: IBC's clients of this chain would. With 100 validators the
	// SDK's 10,000 of them are 270 MB of state, of which each block writes and removes 27 kB.
	state.Params.HistoricalEntries = 0
	// A floor of 5 % keeps validators from outbidding each other down to unpaid operation.
	state.Params.MinCommissionRate = math.LegacyNewDecWithPrec(5, 2)
	return cdc.MustMarshalJSON(state)
}

type slashingBasic struct{ slashing.AppModuleBasic }

// DefaultGenesis jails a validator that signed less than 5 % of the last 10,000 blocks (about six hours), so that a
// restart or an upgrade costs nothing and an abandoned node leaves the set.
func (slashingBasic) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	state := slashingtypes.DefaultGenesisState()
	state.Params.SignedBlocksWindow = 10_000
	state.Params.MinSignedPerWindow = math.LegacyNewDecWithPrec(5, 2)
	state.Params.SlashFractionDowntime = math.LegacyNewDecWithPrec(1, 4)
	return cdc.MustMarshalJSON(state)
}

type govBasic struct{ gov.AppModuleBasic }

// DefaultGenesis prices a proposal so that it is worth reading, and gives people days to read it.
func (govBasic) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	state := govv1.DefaultGenesisState()
	voting, expedited := 5*24*time.Hour, 24*time.Hour
	state.Params.MinDeposit = sdk.NewCoins(params.Agon(100))
	state.Params.ExpeditedMinDeposit = sdk.NewCoins(params.Agon(500))
	state.Params.VotingPeriod = &voting
	state.Params.ExpeditedVotingPeriod = &expedited
	// A tenth comes with the proposal itself, so that a list full of unfunded proposals costs its author something.
	state.Params.MinInitialDepositRatio = math.LegacyNewDecWithPrec(1, 1).String()
	return cdc.MustMarshalJSON(state)
}

// DefaultGenesis is the first state of a chain without accounts: what `agond init` writes.
func (app *App) DefaultGenesis() GenesisState {
	return app.basics.DefaultGenesis(app.encoding.Codec)
}

// ConsensusParams are the rules of consensus at genesis. Governance can change them later.
func ConsensusParams() *cmttypes.ConsensusParams {
	p := cmttypes.DefaultConsensusParams()
	p.Block.MaxBytes = MaxBlockBytes
	p.Block.MaxGas = MaxBlockGas
	// Evidence must stay admissible as long as stake can be slashed for it: 21 days of unbonding, at 2 s per block.
	p.Evidence.MaxAgeDuration = stakingtypes.DefaultUnbondingTime
	p.Evidence.MaxAgeNumBlocks = int64(stakingtypes.DefaultUnbondingTime / (2 * time.Second))
	return p
}
