package keeper_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/keeper"
	"github.com/agon-chain/agon/x/model/types"
)

const agon = uint64(1_000_000_000)

// who is the n-th of those who publish.
func who(n int) sdk.AccAddress { return markettest.Account("author", n) }

// fixture is a market with authors who have 1000 AGON each, and a subnet with neurons of the hotkeys 0 to 4.
type fixture struct {
	*markettest.Market
	t      testing.TB
	msg    types.MsgServer
	netuid uint32
	// data is what is in each file that was made, by root.
	data map[content.Hash][]byte
}

func setup(t testing.TB, change func(*types.Params)) *fixture {
	m := markettest.New(t, markettest.Config{})
	f := &fixture{Market: m, t: t, msg: keeper.NewMsgServer(m.Model), data: map[content.Hash][]byte{}}
	for n := range 6 {
		m.Fund(who(n), sdk.NewInt64Coin(params.BaseDenom, int64(1000*agon)))
	}
	f.netuid = m.CreateSubnet(markettest.Hyperparams())
	for n := range 5 {
		m.Register(f.netuid, n)
	}
	p := types.DefaultParams()
	p.ChallengeInterval, p.ChallengeWindow, p.RebindDelay, p.ReserveBlocks = 1_000_000, 5, 20, 10
	if change != nil {
		change(&p)
	}
	f.setParams(p)
	return f
}

func (f *fixture) setParams(p types.Params) {
	f.t.Helper()
	_, err := f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: f.Authority, Params: p})
	require.NoError(f.t, err)
}

// file with bytes that follow from a seed.
func (f *fixture) file(path string, seed byte, size int) content.File {
	f.t.Helper()
	data := bytes.Repeat([]byte{seed, 1, 2, seed ^ 7, 5}, size/5+1)[:size]
	x, err := content.Read(bytes.NewReader(data), nil)
	require.NoError(f.t, err)
	f.data[x.Root()] = data
	return content.File{Path: path, Size: x.Size, Root: x.Root()}
}

func description() types.Description {
	return types.Description{Architecture: "llama", Quantization: "q8_0", Engine: "llama.cpp", ContextLength: 4096, Licence: "Apache-2.0"}
}

func (f *fixture) create(n int, name string) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.CreateModel(ctx, &types.MsgCreateModel{Owner: who(n).String(), Name: name, About: "a model"})
		return err
	})
}

func publication(n int, name string, files ...content.File) *types.MsgPublishVersion {
	root, err := content.Root(files)
	if err != nil {
		panic(err)
	}
	return &types.MsgPublishVersion{Owner: who(n).String(), Model: name, Root: root[:], Files: types.Stored(files), Description: description()}
}

func (f *fixture) send(m *types.MsgPublishVersion) (*types.MsgPublishVersionResponse, error) {
	var res *types.MsgPublishVersionResponse
	err := f.Tx(func(ctx sdk.Context) (err error) {
		res, err = f.msg.PublishVersion(ctx, m)
		return err
	})
	return res, err
}

// publish makes a model if it is not there, and a version of these files.
func (f *fixture) publish(n int, name string, files ...content.File) *types.MsgPublishVersionResponse {
	f.t.Helper()
	if _, err := f.Model.GetModel(f.Ctx, name); err != nil {
		require.NoError(f.t, f.create(n, name))
	}
	res, err := f.send(publication(n, name, files...))
	require.NoError(f.t, err)
	return res
}

func (f *fixture) bind(n int, name string, version uint32) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.BindVersion(ctx, &types.MsgBindVersion{Hotkey: markettest.Hotkey(n).String(), Netuid: f.netuid, Model: name, Version: version})
		return err
	})
}

func (f *fixture) unbind(n int, name string, version uint32) (barred int64, err error) {
	err = f.Tx(func(ctx sdk.Context) error {
		res, err := f.msg.UnbindVersion(ctx, &types.MsgUnbindVersion{Hotkey: markettest.Hotkey(n).String(), Netuid: f.netuid, Model: name, Version: version})
		if err == nil {
			barred = res.BarredUntil
		}
		return err
	})
	return barred, err
}

// answer that is right for what a binding is asked.
func (f *fixture) answer(n int, b types.BindingInfo) *types.MsgAnswerChallenge {
	f.t.Helper()
	require.NotNil(f.t, b.Asked)
	files, err := f.queries().Files(f.Ctx, &types.QueryFilesRequest{Model: b.Version.Model, Version: b.Version.Version})
	require.NoError(f.t, err)
	file := files.Files[b.Asked.File]
	require.Equal(f.t, file.Path, b.Asked.Path)
	data := f.data[content.Hash(file.Root)]
	x, err := content.Read(bytes.NewReader(data), nil)
	require.NoError(f.t, err)
	p, err := x.Prove(bytes.NewReader(data), b.Asked.Leaf, b.Asked.Chunk)
	require.NoError(f.t, err)
	m := &types.MsgAnswerChallenge{
		Hotkey: markettest.Hotkey(n).String(), Netuid: f.netuid, Model: b.Version.Model, Version: b.Version.Version, Chunk: p.Chunk,
	}
	for _, h := range p.ChunkPath {
		m.ChunkPath = append(m.ChunkPath, h[:])
	}
	for _, h := range p.LeafPath {
		m.LeafPath = append(m.LeafPath, h[:])
	}
	return m
}

func (f *fixture) give(m *types.MsgAnswerChallenge) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.AnswerChallenge(ctx, m)
		return err
	})
}

func (f *fixture) queries() types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(f.Ctx, f.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(f.Model))
	return types.NewQueryClient(h)
}

// bound is what a neuron is bound to.
func (f *fixture) bound(uid uint32) []types.BindingInfo {
	f.t.Helper()
	res, err := f.queries().BindingsOfNeuron(f.Ctx, &types.QueryBindingsOfNeuronRequest{Netuid: f.netuid, Uid: uid})
	require.NoError(f.t, err)
	return res.Bindings
}

// copyOf is the name of the version that a version is a copy of.
func (f *fixture) copyOf(name string, version uint32) string {
	f.t.Helper()
	res, err := f.queries().Version(f.Ctx, &types.QueryVersionRequest{Model: name, Version: version})
	require.NoError(f.t, err)
	if res.Info.CopyOf == nil {
		return ""
	}
	return fmt.Sprintf("%s@%d", res.Info.CopyOf.Model, res.Info.CopyOf.Version)
}

func (f *fixture) nagon(of sdk.AccAddress) uint64 {
	return f.Bank.GetBalance(f.Ctx, of, params.BaseDenom).Amount.Uint64()
}

// dump is every key of the module's store with its value, in hexadecimal.
func (f *fixture) dump() [][2]string {
	f.t.Helper()
	it, err := f.Store(types.StoreKey).OpenKVStore(f.Ctx).Iterator(nil, nil)
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, it.Close()) }()
	var out [][2]string
	for ; it.Valid(); it.Next() {
		out = append(out, [2]string{hex.EncodeToString(it.Key()), hex.EncodeToString(it.Value())})
	}
	return out
}
