package app

import (
	"maps"
	"slices"

	"cosmossdk.io/client/v2/autocli"
	"cosmossdk.io/core/appmodule"

	runtimeservices "github.com/cosmos/cosmos-sdk/runtime/services"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/auth/vesting"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	authzmodule "github.com/cosmos/cosmos-sdk/x/authz/module"
	"github.com/cosmos/cosmos-sdk/x/bank"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/consensus"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distr "github.com/cosmos/cosmos-sdk/x/distribution"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	"github.com/cosmos/cosmos-sdk/x/evidence"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantmodule "github.com/cosmos/cosmos-sdk/x/feegrant/module"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	"github.com/cosmos/cosmos-sdk/x/slashing"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	"github.com/cosmos/cosmos-sdk/x/upgrade"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/agon-chain/agon/x/crowdfund"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	"github.com/agon-chain/agon/x/dispute"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	"github.com/agon-chain/agon/x/emission"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	"github.com/agon-chain/agon/x/model"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	"github.com/agon-chain/agon/x/payment"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	"github.com/agon-chain/agon/x/scoring"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/stake"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	"github.com/agon-chain/agon/x/subnet"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// newModules gives each keeper its face to the chain: messages, queries, genesis and the work at a block's edges.
func (app *App) newModules() *module.Manager {
	cdc, registry := app.encoding.Codec, app.encoding.InterfaceRegistry
	return module.NewManager(
		genutil.NewAppModule(app.AccountKeeper, app.StakingKeeper, app, app.encoding.TxConfig),
		auth.NewAppModule(cdc, app.AccountKeeper, nil),
		vesting.NewAppModule(app.AccountKeeper, app.BankKeeper),
		bank.NewAppModule(cdc, app.BankKeeper, app.AccountKeeper),
		staking.NewAppModule(cdc, app.StakingKeeper, app.AccountKeeper, app.BankKeeper),
		slashing.NewAppModule(cdc, app.SlashingKeeper, app.AccountKeeper, app.BankKeeper, app.StakingKeeper, registry),
		distr.NewAppModule(cdc, app.DistrKeeper, app.AccountKeeper, app.BankKeeper, app.StakingKeeper),
		gov.NewAppModule(cdc, app.GovKeeper, app.AccountKeeper, app.BankKeeper),
		authzmodule.NewAppModule(cdc, app.AuthzKeeper, app.AccountKeeper, app.BankKeeper, registry),
		feegrantmodule.NewAppModule(cdc, app.AccountKeeper, app.BankKeeper, app.FeeGrantKeeper, registry),
		evidence.NewAppModule(*app.EvidenceKeeper),
		upgrade.NewAppModule(app.UpgradeKeeper, app.encoding.AddressCodec),
		consensus.NewAppModule(cdc, app.ConsensusKeeper),

		subnet.NewAppModule(cdc, app.SubnetKeeper),
		stake.NewAppModule(cdc, app.StakeKeeper),
		scoring.NewAppModule(cdc, app.ScoringKeeper),
		emission.NewAppModule(cdc, app.EmissionKeeper),
		crowdfund.NewAppModule(cdc, app.CrowdfundKeeper),
		model.NewAppModule(cdc, app.ModelKeeper),
		payment.NewAppModule(cdc, app.PaymentKeeper),
		dispute.NewAppModule(cdc, app.DisputeKeeper),
	)
}

// preBlockOrder: an upgrade changes the code's view of the state, so it goes before anything that reads state.
func preBlockOrder() []string {
	return []string{upgradetypes.ModuleName, authtypes.ModuleName}
}

// beginBlockOrder: epochs that were due with the last block see the state that it left, and nothing else; so rules of
// subnets that change with this block do so after them. Neurons of dissolved subnets go before challenges are drawn. Cases count the
// stake that epochs left; what a verdict leaves for refunds is there before any of it ends.
// Distribution pays out what the last block collected before slashing changes anyone's stake, and evidence is judged on the
// validator set that slashing has just updated. What emission mints for the chain's security is therefore paid out by
// distribution one block later.
func beginBlockOrder() []string {
	return []string{
		scoringtypes.ModuleName,
		subnettypes.ModuleName,
		modeltypes.ModuleName,
		disputetypes.ModuleName,
		paymenttypes.ModuleName,
		distrtypes.ModuleName,
		slashingtypes.ModuleName,
		evidencetypes.ModuleName,
		stakingtypes.ModuleName,
		authz.ModuleName,
		emissiontypes.ModuleName,
	}
}

// endBlockOrder: the bank credits what parallel execution set aside before any module looks at a balance; governance
// acts before staking fixes the next validator set.
func endBlockOrder() []string {
	return []string{
		banktypes.ModuleName,
		govtypes.ModuleName,
		stakingtypes.ModuleName,
		feegrant.ModuleName,
	}
}

// genesisOrder: accounts and balances first, since every later module may hold some; Agon's modules each after those
// that they stand on; genutil last, because it executes the genesis transactions on the finished state.
func genesisOrder() []string {
	return []string{
		consensustypes.ModuleName,
		authtypes.ModuleName,
		banktypes.ModuleName,
		distrtypes.ModuleName,
		stakingtypes.ModuleName,
		slashingtypes.ModuleName,
		govtypes.ModuleName,
		authz.ModuleName,
		feegrant.ModuleName,
		evidencetypes.ModuleName,
		upgradetypes.ModuleName,
		vestingtypes.ModuleName,
		subnettypes.ModuleName,
		staketypes.ModuleName,
		scoringtypes.ModuleName,
		emissiontypes.ModuleName,
		crowdfundtypes.ModuleName,
		modeltypes.ModuleName,
		paymenttypes.ModuleName,
		disputetypes.ModuleName,
		genutiltypes.ModuleName,
	}
}

// orderModules fixes the order in which modules run. The manager panics, at start, if a module with work is left out.
func orderModules(m *module.Manager) {
	m.SetOrderPreBlockers(preBlockOrder()...)
	m.SetOrderBeginBlockers(beginBlockOrder()...)
	m.SetOrderEndBlockers(endBlockOrder()...)
	m.SetOrderInitGenesis(genesisOrder()...)
	m.SetOrderExportGenesis(genesisOrder()...)
}

// AutoCLI describes every module's messages and queries for the command line.
func (app *App) AutoCLI() autocli.AppOptions {
	modules := make(map[string]appmodule.AppModule)
	for _, name := range slices.Sorted(maps.Keys(app.modules.Modules)) {
		if m, ok := app.modules.Modules[name].(appmodule.AppModule); ok {
			modules[name] = m
		}
	}
	return autocli.AppOptions{
		Modules:               modules,
		ModuleOptions:         runtimeservices.ExtractAutoCLIOptions(app.modules.Modules),
		AddressCodec:          app.encoding.AddressCodec,
		ValidatorAddressCodec: app.encoding.ValidatorAddressCodec,
		ConsensusAddressCodec: app.encoding.ConsensusAddressCodec,
	}
}
