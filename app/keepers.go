package app

import (
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	evidencekeeper "github.com/cosmos/cosmos-sdk/x/evidence/keeper"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantkeeper "github.com/cosmos/cosmos-sdk/x/feegrant/keeper"
	govkeeper "github.com/cosmos/cosmos-sdk/x/gov/keeper"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/agon-chain/agon/app/params"
	crowdfundkeeper "github.com/agon-chain/agon/x/crowdfund/keeper"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	disputekeeper "github.com/agon-chain/agon/x/dispute/keeper"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissionkeeper "github.com/agon-chain/agon/x/emission/keeper"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modelkeeper "github.com/agon-chain/agon/x/model/keeper"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymentkeeper "github.com/agon-chain/agon/x/payment/keeper"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// storeNames lists the key-value stores that make up the state of the chain. A name that is added or removed after
// genesis needs an upgrade that says so (upgrades.go).
func storeNames() []string {
	return []string{
		authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, slashingtypes.StoreKey, distrtypes.StoreKey,
		govtypes.StoreKey, authzkeeper.StoreKey, feegrant.StoreKey, evidencetypes.StoreKey, upgradetypes.StoreKey,
		consensustypes.StoreKey,
		subnettypes.StoreKey, staketypes.StoreKey, scoringtypes.StoreKey, emissiontypes.StoreKey, crowdfundtypes.StoreKey, modeltypes.StoreKey,
		disputetypes.StoreKey, paymenttypes.StoreKey,
	}
}

// Keepers are the doors to the state, one per module.
type Keepers struct {
	AccountKeeper   authkeeper.AccountKeeper
	BankKeeper      bankkeeper.BaseKeeper
	StakingKeeper   *stakingkeeper.Keeper
	SlashingKeeper  slashingkeeper.Keeper
	DistrKeeper     distrkeeper.Keeper
	GovKeeper       *govkeeper.Keeper
	AuthzKeeper     authzkeeper.Keeper
	FeeGrantKeeper  feegrantkeeper.Keeper
	EvidenceKeeper  *evidencekeeper.Keeper
	UpgradeKeeper   *upgradekeeper.Keeper
	ConsensusKeeper consensuskeeper.Keeper

	SubnetKeeper    *subnetkeeper.Keeper
	StakeKeeper     *stakekeeper.Keeper
	ScoringKeeper   *scoringkeeper.Keeper
	EmissionKeeper  *emissionkeeper.Keeper
	CrowdfundKeeper *crowdfundkeeper.Keeper
	ModelKeeper     *modelkeeper.Keeper
	PaymentKeeper   *paymentkeeper.Keeper
	DisputeKeeper   *disputekeeper.Keeper
}

// keeperInputs is what the keepers are built from.
type keeperInputs struct {
	base       *baseapp.BaseApp
	encoding   Encoding
	keys       map[string]*storetypes.KVStoreKey
	objectKeys map[string]*storetypes.ObjectStoreKey
	logger     log.Logger
	// home is where the upgrade module keeps its note of a pending upgrade; empty for an application that only lends
	// its codec and commands.
	home        string
	skipUpgrade map[int64]bool
}

func (in keeperInputs) store(name string) corestore.KVStoreService {
	return runtime.NewKVStoreService(in.keys[name])
}

// Authority is the only address that may change parameters: the governance module's account.
func Authority() string {
	return authtypes.NewModuleAddress(govtypes.ModuleName).String()
}

// newKeepers builds every keeper, each after the ones that it stands on.
func newKeepers(in keeperInputs) Keepers {
	var k Keepers
	enc, authority := in.encoding, Authority()

	k.ConsensusKeeper = consensuskeeper.NewKeeper(enc.Codec, in.store(consensustypes.StoreKey), authority, runtime.EventService{})

	// Unordered transactions stay off: with a timeout equal to the block time they can be replayed.
	k.AccountKeeper = authkeeper.NewAccountKeeper(
		enc.Codec, in.store(authtypes.StoreKey), authtypes.ProtoBaseAccount,
		ModuleAccountPermissions(), enc.AddressCodec, params.Bech32Prefix, authority,
	)
	k.BankKeeper = bankkeeper.NewBaseKeeper(
		enc.Codec, in.store(banktypes.StoreKey), k.AccountKeeper, BlockedAddresses(), authority, in.logger,
	).WithObjStoreKey(in.objectKeys[banktypes.ObjectStoreKey])

	k.StakingKeeper = stakingkeeper.NewKeeper(
		enc.Codec, in.store(stakingtypes.StoreKey), k.AccountKeeper, k.BankKeeper, authority,
		enc.ValidatorAddressCodec, enc.ConsensusAddressCodec,
	)
	k.DistrKeeper = distrkeeper.NewKeeper(
		enc.Codec, in.store(distrtypes.StoreKey), k.AccountKeeper, k.BankKeeper, k.StakingKeeper,
		authtypes.FeeCollectorName, authority,
	)
	k.SlashingKeeper = slashingkeeper.NewKeeper(
		enc.Codec, enc.Amino, in.store(slashingtypes.StoreKey), k.StakingKeeper, authority,
	)
	k.StakingKeeper.SetHooks(stakingtypes.NewMultiStakingHooks(k.DistrKeeper.Hooks(), k.SlashingKeeper.Hooks()))
	k.EvidenceKeeper = evidencekeeper.NewKeeper(
		enc.Codec, in.store(evidencetypes.StoreKey), k.StakingKeeper, k.SlashingKeeper, enc.AddressCodec,
		runtime.ProvideCometInfoService(),
	)

	k.FeeGrantKeeper = feegrantkeeper.NewKeeper(enc.Codec, in.store(feegrant.StoreKey), k.AccountKeeper).SetBankKeeper(k.BankKeeper)
	k.AuthzKeeper = authzkeeper.NewKeeper(
		in.store(authzkeeper.StoreKey), enc.Codec, in.base.MsgServiceRouter(), k.AccountKeeper,
	).SetBankKeeper(k.BankKeeper)

	k.UpgradeKeeper = upgradekeeper.NewKeeper(
		in.skipUpgrade, in.store(upgradetypes.StoreKey), enc.Codec, in.home, in.base, authority,
	)
	k.GovKeeper = govkeeper.NewKeeper(
		enc.Codec, in.store(govtypes.StoreKey), k.AccountKeeper, k.BankKeeper, k.DistrKeeper,
		in.base.MsgServiceRouter(), govtypes.DefaultConfig(), authority,
		govkeeper.NewDefaultCalculateVoteResultsAndVotingPower(k.StakingKeeper),
	)

	newMarketKeepers(in, &k)
	return k
}

// newMarketKeepers builds Agon's own keepers, which know each other in one direction only: emission, scoring, stake,
// subnet. What has to reach the other way goes through hooks.
func newMarketKeepers(in keeperInputs, k *Keepers) {
	cdc, authority := in.encoding.Codec, Authority()
	k.SubnetKeeper = subnetkeeper.NewKeeper(cdc, in.store(subnettypes.StoreKey), authority, k.BankKeeper)
	k.StakeKeeper = stakekeeper.NewKeeper(cdc, in.store(staketypes.StoreKey), authority, k.BankKeeper, k.SubnetKeeper)
	k.ScoringKeeper = scoringkeeper.NewKeeper(cdc, in.store(scoringtypes.StoreKey), authority, k.SubnetKeeper, k.StakeKeeper)
	k.EmissionKeeper = emissionkeeper.NewKeeper(
		cdc, in.store(emissiontypes.StoreKey), authority, k.BankKeeper, k.DistrKeeper, k.SubnetKeeper, k.StakeKeeper,
	)
	k.CrowdfundKeeper = crowdfundkeeper.NewKeeper(cdc, in.store(crowdfundtypes.StoreKey), authority, k.BankKeeper, k.SubnetKeeper)
	k.ModelKeeper = modelkeeper.NewKeeper(cdc, in.store(modeltypes.StoreKey), authority, k.BankKeeper, k.SubnetKeeper)
	k.PaymentKeeper = paymentkeeper.NewKeeper(cdc, in.store(paymenttypes.StoreKey), authority, k.BankKeeper, k.DistrKeeper, k.SubnetKeeper, k.ModelKeeper)
	// What a guilty miner loses goes to those who paid it.
	k.DisputeKeeper = disputekeeper.NewKeeper(
		cdc, in.store(disputetypes.StoreKey), authority, k.BankKeeper, k.PaymentKeeper, k.SubnetKeeper, k.StakeKeeper, k.ScoringKeeper,
	)

	// A new subnet gets its pool first: emission reads the pool's price as it opens the subnet's account.
	k.SubnetKeeper.SetHooks(subnettypes.MultiSubnetHooks{k.StakeKeeper, k.ScoringKeeper, k.EmissionKeeper, k.ModelKeeper, k.PaymentKeeper})
	k.SubnetKeeper.SetOwnerHooks(k.StakeKeeper)
	k.StakeKeeper.SetHooks(k.EmissionKeeper)
	k.ScoringKeeper.SetHooks(k.EmissionKeeper)
}
