package keeper_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

const agon = 1_000_000_000

func TestCreateSubnet(t *testing.T) {
	f := setup(t)
	var res *types.MsgCreateSubnetResponse
	events, err := f.do(func(ctx context.Context) (err error) {
		res, err = f.msg.CreateSubnet(ctx, &types.MsgCreateSubnet{
			Owner: owner.String(), Identity: types.SubnetIdentity{Name: "Languages"}, Symbol: "LANG", TaskKind: "langid", TaskParams: "{}",
		})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, &types.MsgCreateSubnetResponse{Netuid: 1, Cost: 100 * agon}, res)
	require.Equal(t, types.Subnet{
		Netuid: 1, Owner: owner.String(), Identity: types.SubnetIdentity{Name: "Languages"}, Symbol: "LANG", TaskKind: "langid", TaskParams: "{}",
		Hyperparams: types.DefaultHyperparams(), CreatedAt: 10, RegistrationPrice: agon / 10, RegistrationBlock: 10,
	}, f.subnet(1))
	require.Contains(t, events, proto.Message(&types.EventSubnetCreated{
		Netuid: 1, Owner: owner.String(), Name: "Languages", TaskKind: "langid", Cost: 100 * agon,
	}))
	require.Equal(t, []string{"created 1 by 1 for 100000000000"}, f.hooks.heard)
	require.EqualValues(t, 900*agon, f.balance(owner))
	require.EqualValues(t, 100*agon, f.balance(authtypes.NewModuleAddress(treasury)))

	netuids, err := f.k.Netuids(f.ctx)
	require.NoError(t, err)
	require.Equal(t, []uint32{1}, netuids)
	column, err := f.k.RegisteredAt(f.ctx, 1)
	require.NoError(t, err)
	require.Empty(t, column)
}

// The cost doubles with each creation and halves in 28,800 blocks, down to its floor.
func TestCreationCostPath(t *testing.T) {
	f := setup(t)
	for _, step := range []struct {
		at   int64
		cost uint64
	}{{10, 100 * agon}, {10, 200 * agon}, {10 + 28_800, 200 * agon}, {10 + 4*28_800, 100 * agon}} {
		f.at(step.at)
		now, err := f.k.CreationCost(f.ctx)
		require.NoError(t, err)
		require.Equal(t, step.cost, now)
		res, err := f.tryCreate(nil)
		require.NoError(t, err)
		require.Equal(t, step.cost, res.Cost)
	}
}

func TestCreateSubnetRefuses(t *testing.T) {
	f := setup(t)
	h := func(change func(*types.Hyperparams)) func(*types.MsgCreateSubnet) {
		return func(m *types.MsgCreateSubnet) {
			h := types.DefaultHyperparams()
			change(&h)
			m.Hyperparams = &h
		}
	}
	for _, c := range []struct {
		name   string
		change func(*types.MsgCreateSubnet)
		err    error
		want   string
	}{
		{"owner", func(m *types.MsgCreateSubnet) { m.Owner = "x" }, types.ErrInvalidAddress, "owner is \"x\""},
		{"upper-case-owner", func(m *types.MsgCreateSubnet) { m.Owner = strings.ToUpper(m.Owner) }, types.ErrInvalidAddress, "write it as agon1"},
		{"name", func(m *types.MsgCreateSubnet) { m.Identity.Name = "" }, types.ErrInvalidIdentity, "name has 0 bytes, want 1 to 64"},
		{"symbol", func(m *types.MsgCreateSubnet) { m.Symbol = "lang" }, types.ErrInvalidSymbol, "want 1 to 12 of A-Z and 0-9"},
		{"task-kind", func(m *types.MsgCreateSubnet) { m.TaskKind = "" }, types.ErrInvalidTask, "task_kind"},
		{"task-params", func(m *types.MsgCreateSubnet) { m.TaskParams = "[]" }, types.ErrInvalidTask, "task_params"},
		{"max-cost", func(m *types.MsgCreateSubnet) { m.MaxCost = 100*agon - 1 }, types.ErrCostAboveLimit, "a subnet costs 100000000000 nagon now"},
		{"tempo-of-the-chain", h(func(h *types.Hyperparams) { h.Tempo = 4 }), types.ErrInvalidHyperparams, "tempo is 4, want 5 to 50400"},
		{"price-of-the-chain", h(func(h *types.Hyperparams) { h.MinRegistrationPrice = 999 }), types.ErrInvalidHyperparams, "min_registration_price is 999, want 1000"},
		{"empty-hyperparams", func(m *types.MsgCreateSubnet) { m.Hyperparams = &types.Hyperparams{} }, types.ErrInvalidHyperparams, "tempo is 0"},
		{"no-money", func(m *types.MsgCreateSubnet) { m.Owner = poor.String() }, sdkerrors.ErrInsufficientFunds, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.tryCreate(c.change)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := f.tryCreate(func(m *types.MsgCreateSubnet) { m.MaxCost = 100 * agon })
	require.NoError(t, err)

	t.Run("max-subnets", func(t *testing.T) {
		p := types.DefaultParams()
		p.MaxSubnets = 1
		f.updateParams(p)
		_, err := f.tryCreate(nil)
		require.ErrorIs(t, err, types.ErrTooManySubnets)
		require.ErrorContains(t, err, "there are 1 subnets, max_subnets is 1")
	})
	t.Run("hook", func(t *testing.T) {
		f.updateParams(types.DefaultParams())
		f.hooks.refuse = "created"
		_, err := f.tryCreate(nil)
		require.ErrorIs(t, err, errHook)
		_, err = f.k.GetSubnet(f.ctx, 2)
		require.ErrorIs(t, err, types.ErrSubnetNotFound)
	})
}
