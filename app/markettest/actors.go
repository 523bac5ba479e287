package markettest

import (
	"encoding/binary"
	"fmt"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Account is the n-th address of a kind ("owner", "hotkey"), the same in every run.
func Account(kind string, n int) sdk.AccAddress {
	addr := make([]byte, 20)
	copy(addr, kind)
	binary.BigEndian.PutUint32(addr[16:], uint32(n))
	return addr
}

// Hotkey is the n-th hotkey.
func Hotkey(n int) sdk.AccAddress { return Account("hotkey", n) }

// Owner is the account that owns the n-th hotkey.
func Owner(n int) sdk.AccAddress { return Account("owner", n) }

// Creator is the account that owns the subnets.
func Creator() sdk.AccAddress { return Account("creator", 0) }

// ServiceKey is the n-th neuron's key for receipts; change counts its rotations.
func ServiceKey(n, change int) wire.ServiceKey {
	var seed [32]byte
	binary.BigEndian.PutUint32(seed[:], uint32(n))
	binary.BigEndian.PutUint32(seed[4:], uint32(change))
	key, err := wire.ServiceKeyFromSeed(seed[:])
	if err != nil {
		panic(err) // a seed of the right length cannot fail
	}
	return key
}

// Hyperparams are short rules for tests: a tempo of 10 blocks, examination of 2 receipts with 4 openings, no threshold
// of stake, neurons that can be replaced at once.
func Hyperparams() subnettypes.Hyperparams {
	h := subnettypes.DefaultHyperparams()
	h.Tempo, h.ActivityCutoff, h.ImmunityPeriod, h.WeightsInterval = 10, 100, 0, 5
	h.StakeThreshold, h.ExamReceipts, h.ExamOpenings = 1000, 2, 4
	h.MinRegistrationPrice, h.MaxRegistrationPrice, h.MaxRegistrationsPerBlock = 1000, 1000, 64
	return h
}

// CreateSubnet opens a subnet of Creator and starts it.
func (m *Market) CreateSubnet(h subnettypes.Hyperparams) uint32 {
	m.t.Helper()
	netuid := m.CreateWaitingSubnet(h)
	m.StartSubnet(netuid)
	return netuid
}

// StartSubnet starts a subnet as its owner does.
func (m *Market) StartSubnet(netuid uint32) {
	m.t.Helper()
	_, err := subnetkeeper.NewMsgServer(m.Subnet).StartSubnet(m.Ctx, &subnettypes.MsgStartSubnet{Owner: Creator().String(), Netuid: netuid})
	require.NoError(m.t, err)
}

// CreateWaitingSubnet opens a subnet of Creator, which has not started it.
func (m *Market) CreateWaitingSubnet(h subnettypes.Hyperparams) uint32 {
	m.t.Helper()
	cost, err := m.Subnet.CreationCost(m.Ctx)
	require.NoError(m.t, err)
	m.Fund(Creator(), sdk.NewInt64Coin(params.BaseDenom, int64(cost)))
	res, err := subnetkeeper.NewMsgServer(m.Subnet).CreateSubnet(m.Ctx, &subnettypes.MsgCreateSubnet{
		Owner: Creator().String(), Identity: subnettypes.SubnetIdentity{Name: "test"}, Symbol: "TEST", TaskKind: "langid", Hyperparams: &h,
	})
	require.NoError(m.t, err)
	return res.Netuid
}

// UpdateHyperparams changes a subnet's rules as its owner does.
func (m *Market) UpdateHyperparams(netuid uint32, change func(*subnettypes.Hyperparams)) {
	m.t.Helper()
	s, err := m.Subnet.GetSubnet(m.Ctx, netuid)
	require.NoError(m.t, err)
	change(&s.Hyperparams)
	_, err = subnetkeeper.NewMsgServer(m.Subnet).UpdateHyperparams(m.Ctx, &subnettypes.MsgUpdateHyperparams{
		Owner: s.Owner, Netuid: netuid, Hyperparams: s.Hyperparams,
	})
	require.NoError(m.t, err)
}

// Register gives the n-th hotkey a uid and returns it.
func (m *Market) Register(netuid uint32, n int) uint32 {
	m.t.Helper()
	price, err := m.Subnet.RegistrationPrice(m.Ctx, netuid)
	require.NoError(m.t, err)
	m.Fund(Owner(n), sdk.NewInt64Coin(params.BaseDenom, int64(price)))
	res, err := subnetkeeper.NewMsgServer(m.Subnet).Register(m.Ctx, &subnettypes.MsgRegister{
		Owner: Owner(n).String(), Hotkey: Hotkey(n).String(), Netuid: netuid,
	})
	require.NoError(m.t, err)
	return res.Uid
}

// Serve publishes the n-th neuron's axon under a service key.
func (m *Market) Serve(netuid uint32, n int, key wire.ServiceKey) {
	m.t.Helper()
	public := key.Public()
	_, err := subnetkeeper.NewMsgServer(m.Subnet).ServeAxon(m.Ctx, &subnettypes.MsgServeAxon{
		Hotkey: Hotkey(n).String(), Netuid: netuid,
		Axon: subnettypes.Axon{Url: fmt.Sprintf("http://miner%d.example:8080", n), ServiceKey: public[:], Hardware: subnettypes.Hardware{Kind: "cpu", Model: "test", Count: 1}},
	})
	require.NoError(m.t, err)
}

// StakeToken puts fresh alpha behind the n-th hotkey without a trade.
func (m *Market) StakeToken(netuid uint32, n int, alpha uint64) {
	m.t.Helper()
	require.NoError(m.t, m.Stake.PayToken(m.Ctx, netuid, Owner(n), alpha))
	_, err := stakekeeper.NewMsgServer(m.Stake).AddStake(m.Ctx, &staketypes.MsgAddStake{
		Owner: Owner(n).String(), Hotkey: Hotkey(n).String(), Netuid: netuid, Amount: staketypes.Alpha(netuid, alpha),
	})
	require.NoError(m.t, err)
}

// Buy spends nagon on alpha behind the n-th hotkey.
func (m *Market) Buy(netuid uint32, n int, nagon int64) uint64 {
	m.t.Helper()
	amount := sdk.NewInt64Coin(params.BaseDenom, nagon)
	m.Fund(Owner(n), amount)
	res, err := stakekeeper.NewMsgServer(m.Stake).AddStake(m.Ctx, &staketypes.MsgAddStake{
		Owner: Owner(n).String(), Hotkey: Hotkey(n).String(), Netuid: netuid, Amount: amount,
	})
	require.NoError(m.t, err)
	return res.Alpha
}

// Sell takes alpha from behind the n-th hotkey and sells it; 0 sells all.
func (m *Market) Sell(netuid uint32, n int, alpha uint64) *staketypes.MsgRemoveStakeResponse {
	m.t.Helper()
	res, err := stakekeeper.NewMsgServer(m.Stake).RemoveStake(m.Ctx, &staketypes.MsgRemoveStake{
		Owner: Owner(n).String(), Hotkey: Hotkey(n).String(), Netuid: netuid, Alpha: alpha,
	})
	require.NoError(m.t, err)
	return res
}
