package keeper_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/types"
)

func TestFeesAreBurned(t *testing.T) {
	f := setup(t, nil)
	before, supply := f.nagon(who(0)), f.Bank.GetSupply(f.Ctx, params.BaseDenom).Amount.Uint64()
	f.publish(0, "tiny", f.file("w", 1, 10))
	require.Equal(t, before-agon-agon/10, f.nagon(who(0)))
	require.Equal(t, supply-agon-agon/10, f.Bank.GetSupply(f.Ctx, params.BaseDenom).Amount.Uint64())
	require.ErrorIs(t, f.create(1, "tiny"), types.ErrNameTaken)
	err := f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.CreateModel(ctx, &types.MsgCreateModel{Owner: markettest.Account("poor", 0).String(), Name: "other"})
		return err
	})
	require.ErrorContains(t, err, "model_fee of 1000000000 nagon")
}

func TestPublishRefusals(t *testing.T) {
	f := setup(t, func(p *types.Params) { p.MaxFiles, p.MaxParents = 2, 1 })
	w := f.file("w", 1, 3000)
	f.publish(0, "tiny", w)
	for name, c := range map[string]struct {
		change func(*types.MsgPublishVersion)
		want   error
	}{
		"not-owner": {func(m *types.MsgPublishVersion) { m.Owner = who(1).String() }, types.ErrNotOwner},
		"no-model":  {func(m *types.MsgPublishVersion) { m.Model = "other" }, types.ErrModelNotFound},
		"root":      {func(m *types.MsgPublishVersion) { m.Root = m.Files[0].Root }, types.ErrInvalidHash},
		"size":      {func(m *types.MsgPublishVersion) { m.Files[0].Size_++ }, types.ErrInvalidHash},
		"file-root": {func(m *types.MsgPublishVersion) { m.Files[0].Root = []byte{1} }, types.ErrInvalidHash},
		"files":     {func(m *types.MsgPublishVersion) { m.Files = nil }, types.ErrInvalidFiles},
		"path":      {func(m *types.MsgPublishVersion) { m.Files[0].Path = "../w" }, types.ErrInvalidFiles},
		"tokenizer": {func(m *types.MsgPublishVersion) { m.Description.TokenizerHash = []byte{1} }, types.ErrInvalidHash},
		"engine":    {func(m *types.MsgPublishVersion) { m.Description.Engine = "" }, types.ErrInvalidDescription},
		"context":   {func(m *types.MsgPublishVersion) { m.Description.ContextLength = 0 }, types.ErrInvalidDescription},
		"licence":   {func(m *types.MsgPublishVersion) { m.Description.Licence = "free" }, types.ErrInvalidLicence},
		"no-parent": {func(m *types.MsgPublishVersion) { m.Parents = []types.Parent{{Model: "tiny", Version: 2}} }, types.ErrVersionNotFound},
		"two-parents": {func(m *types.MsgPublishVersion) {
			m.Parents = []types.Parent{{Model: "tiny", Version: 1}, {Model: "tiny", Version: 2}}
		}, types.ErrInvalidParents},
		"unknown-salt": {func(m *types.MsgPublishVersion) { m.Salt = make([]byte, 16) }, types.ErrReservationNotFound},
		"short-salt":   {func(m *types.MsgPublishVersion) { m.Salt = make([]byte, 15) }, types.ErrInvalidHash},
		"too-many": {func(m *types.MsgPublishVersion) {
			*m = *publication(0, "tiny", f.file("a", 2, 5), f.file("b", 3, 5), w)
		}, types.ErrInvalidFiles},
		"its-own-child": {func(m *types.MsgPublishVersion) { m.Parents = []types.Parent{{Model: "tiny", Version: 3}} }, types.ErrVersionNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			m := publication(0, "tiny", w)
			c.change(m)
			before := f.dump()
			_, err := f.send(m)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, before, f.dump())
		})
	}
	res := f.publish(0, "tiny", w)
	require.EqualValues(t, 2, res.Version)
	f.Next()
}

// A copy is told by its root or its largest file, whoever publishes it, and refused by nobody.
func TestCopiesAreVisible(t *testing.T) {
	f := setup(t, nil)
	weights, readme := f.file("w", 1, 5000), f.file("README", 2, 100)
	f.publish(0, "base", readme, weights)
	require.Empty(t, f.copyOf("base", 1))
	require.EqualValues(t, 1, f.publish(1, "thief", readme, weights).CopyOf)
	require.Equal(t, "base@1", f.copyOf("thief", 1))
	// Another README and another name of the file do not hide it.
	moved := weights
	moved.Path = "z/model"
	require.EqualValues(t, 1, f.publish(1, "thief", f.file("README", 3, 80), moved).CopyOf)
	// A small file in common is no copy.
	require.Zero(t, f.publish(2, "other", readme, f.file("w", 9, 5000)).CopyOf)
	require.Zero(t, f.publish(2, "other", readme, f.file("w", 10, 5001)).CopyOf)
	// A copy of a copy's own root is one of the first that had it.
	require.EqualValues(t, 3, f.publish(2, "again", f.file("README", 3, 80), moved).CopyOf)
	for root, want := range map[string]uint64{
		hex.EncodeToString(weights.Root[:]): 1, hex.EncodeToString(publication(0, "base", readme, weights).Root): 1,
	} {
		res, err := f.queries().VersionByRoot(f.Ctx, &types.QueryVersionByRootRequest{Root: root})
		require.NoError(t, err)
		require.Equal(t, want, res.Info.Version.Id)
	}
	_, err := f.queries().VersionByRoot(f.Ctx, &types.QueryVersionByRootRequest{Root: hex.EncodeToString(readme.Root[:])})
	require.Equal(t, codes.NotFound, status.Code(err), "README is nobody's")
	_, err = f.queries().VersionByRoot(f.Ctx, &types.QueryVersionByRootRequest{Root: "zz"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	f.Next()
}

var salt = []byte("sixteen bytes...")

func (f *fixture) reserve(n int, m *types.MsgPublishVersion, salt []byte) error {
	hash := content.ReserveHash(who(n), content.Hash(m.Root), salt)
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.ReserveRoot(ctx, &types.MsgReserveRoot{Owner: who(n).String(), Hash: hash[:]})
		return err
	})
}

// Who sees a publication before it is in a block and comes first is a copy all the same, if its author reserved.
func TestReservationBeatsWhoRunsAhead(t *testing.T) {
	f := setup(t, nil)
	files := []content.File{f.file("w", 1, 5000)}
	require.NoError(t, f.create(0, "mine"))
	m := publication(0, "mine", files...)
	require.NoError(t, f.reserve(0, m, salt))
	f.Next()
	// The thief copies what he sees: the reservation too, which binds the owner, and one of his own, which is younger.
	stolen := publication(1, "stolen", files...)
	require.NoError(t, f.create(1, "stolen"))
	require.NoError(t, f.reserve(0, publication(0, "mine", f.file("x", 3, 7)), salt))
	stolen.Salt = salt
	_, err := f.send(stolen)
	require.ErrorIs(t, err, types.ErrReservationNotFound)
	require.NoError(t, f.reserve(1, stolen, salt))
	res, err := f.send(stolen)
	require.NoError(t, err)
	require.Zero(t, res.CopyOf, "for now")
	require.EqualValues(t, 1, f.publish(2, "copy", files...).CopyOf)
	f.Next()
	m.Salt = salt
	res, err = f.send(m)
	require.NoError(t, err)
	require.Zero(t, res.CopyOf)
	changed := markettest.Events[*types.EventOriginalChanged](f.Ctx.EventManager().Events())
	require.Len(t, changed, 2, "the root and the weights")
	require.Equal(t, "mine@1", f.copyOf("stolen", 1))
	require.Equal(t, "mine@1", f.copyOf("copy", 1), "all that came before")
	require.Empty(t, f.copyOf("mine", 1))
	v, err := f.Model.VersionOf(f.Ctx, "mine", 1)
	require.NoError(t, err)
	require.Less(t, v.ClaimedAt, v.PublishedAt)
	// It is used up.
	_, err = f.send(m)
	require.ErrorIs(t, err, types.ErrReservationNotFound)
	f.Next()
}

// On a chain that was started anew at a lower height nobody becomes an original by that.
func TestClaimsOutliveHeights(t *testing.T) {
	f := setup(t, nil)
	f.To(30)
	w := f.file("w", 1, 50)
	f.publish(0, "tiny", w)
	f.At(2)
	require.EqualValues(t, 1, f.publish(1, "copy", w).CopyOf)
	m := publication(1, "copy", w)
	require.NoError(t, f.reserve(1, m, salt))
	f.Next()
	m.Salt = salt
	res, err := f.send(m)
	require.NoError(t, err)
	require.EqualValues(t, 1, res.CopyOf)
	require.Empty(t, f.copyOf("tiny", 1))
}

func TestReservationsEnd(t *testing.T) {
	f := setup(t, func(p *types.Params) { p.MaxReservations = 2 })
	require.NoError(t, f.create(0, "mine"))
	m := publication(0, "mine", f.file("w", 1, 50))
	require.NoError(t, f.reserve(0, m, salt))
	require.ErrorIs(t, f.reserve(0, m, salt), types.ErrReserved)
	require.NoError(t, f.reserve(0, m, append(salt, 1)))
	require.ErrorIs(t, f.reserve(0, m, append(salt, 2)), types.ErrTooManyReservations)
	require.NoError(t, f.reserve(1, m, salt), "others have their own")
	made := f.Ctx.BlockHeight()
	f.To(made + 10)
	m.Salt = salt
	branch, _ := f.Ctx.CacheContext()
	_, err := f.msg.PublishVersion(branch, m)
	require.NoError(t, err, "the last block")
	f.Next()
	_, err = f.send(m)
	require.ErrorIs(t, err, types.ErrReservationNotFound)
	res, err := f.queries().Reservations(f.Ctx, &types.QueryReservationsRequest{Owner: who(0).String()})
	require.NoError(t, err)
	require.Empty(t, res.Reservations, "forgotten")
}

func TestDeprecation(t *testing.T) {
	f := setup(t, nil)
	f.publish(0, "tiny", f.file("w", 1, 50))
	f.publish(0, "tiny", f.file("w", 2, 50))
	send := func(change func(*types.MsgDeprecateVersion)) error {
		m := &types.MsgDeprecateVersion{Owner: who(0).String(), Model: "tiny", Version: 1, Reason: "wrong tokenizer", SuccessorModel: "tiny", SuccessorVersion: 2}
		if change != nil {
			change(m)
		}
		return f.Tx(func(ctx sdk.Context) error {
			_, err := f.msg.DeprecateVersion(ctx, m)
			return err
		})
	}
	require.NoError(t, f.bind(0, "tiny", 1))
	require.ErrorIs(t, send(func(m *types.MsgDeprecateVersion) { m.Owner = who(1).String() }), types.ErrNotOwner)
	require.ErrorIs(t, send(func(m *types.MsgDeprecateVersion) { m.Version = 3 }), types.ErrVersionNotFound)
	require.ErrorIs(t, send(func(m *types.MsgDeprecateVersion) { m.SuccessorVersion = 1 }), types.ErrInvalidSuccessor)
	require.ErrorIs(t, send(func(m *types.MsgDeprecateVersion) { m.SuccessorVersion = 0 }), types.ErrInvalidSuccessor)
	require.ErrorIs(t, send(func(m *types.MsgDeprecateVersion) { m.SuccessorVersion = 9 }), types.ErrVersionNotFound)
	require.ErrorIs(t, send(func(m *types.MsgDeprecateVersion) { m.Reason = "" }), types.ErrInvalidText)
	require.NoError(t, send(nil))
	require.ErrorIs(t, send(nil), types.ErrDeprecated)
	require.ErrorContains(t, f.bind(1, "tiny", 1), "wrong tokenizer")
	require.ErrorIs(t, f.bind(1, "tiny", 1), types.ErrDeprecated)
	require.Len(t, f.bound(0), 1, "who is bound stays bound")
	require.NoError(t, f.bind(1, "tiny", 2))
	f.Next()
}

func TestTransferInTwoSteps(t *testing.T) {
	f := setup(t, nil)
	f.publish(0, "tiny", f.file("w", 1, 50))
	now := f.Ctx.BlockHeight()
	offer := func(n int, to sdk.AccAddress, until int64) error {
		return f.Tx(func(ctx sdk.Context) error {
			_, err := f.msg.OfferModel(ctx, &types.MsgOfferModel{Owner: who(n).String(), Model: "tiny", NewOwner: to.String(), ExpiresAt: until})
			return err
		})
	}
	accept := func(n int) error {
		return f.Tx(func(ctx sdk.Context) error {
			_, err := f.msg.AcceptModel(ctx, &types.MsgAcceptModel{NewOwner: who(n).String(), Model: "tiny"})
			return err
		})
	}
	require.ErrorIs(t, accept(1), types.ErrOfferNotFound)
	require.ErrorIs(t, offer(1, who(1), now+2), types.ErrInvalidOffer)
	require.ErrorIs(t, offer(1, who(2), now+2), types.ErrNotOwner)
	require.ErrorIs(t, offer(0, who(1), now), types.ErrInvalidOffer)
	require.ErrorIs(t, offer(0, who(1), now+1_000_001), types.ErrInvalidOffer)
	require.NoError(t, offer(0, who(1), now+2))
	require.ErrorIs(t, accept(2), types.ErrNotOffered)
	f.To(now + 3)
	require.ErrorIs(t, accept(1), types.ErrOfferNotFound, "expired")
	require.NoError(t, offer(0, who(1), now+9))
	require.NoError(t, accept(1))
	_, err := f.send(publication(0, "tiny", f.file("w", 2, 50)))
	require.ErrorIs(t, err, types.ErrNotOwner)
	require.EqualValues(t, 2, f.publish(1, "tiny", f.file("w", 2, 50)).Version)
	v, err := f.Model.VersionOf(f.Ctx, "tiny", 1)
	require.NoError(t, err)
	require.Equal(t, who(0).String(), v.Publisher, "who published it")
	f.Next()
}

func TestLineage(t *testing.T) {
	f := setup(t, nil)
	f.publish(0, "base", f.file("w", 1, 50))
	f.publish(0, "other", f.file("w", 2, 50))
	name := []types.Parent{{Model: "base", Version: 1, ShareBps: 3000}, {Model: "other", Version: 1, ShareBps: 500}}
	require.NoError(t, f.create(1, "tuned"))
	for i := range uint32(12) {
		m := publication(1, "tuned", f.file("w", byte(10+i), 50))
		m.Parents = name
		_, err := f.send(m)
		require.NoError(t, err)
		name = []types.Parent{{Model: "tuned", Version: i + 1, ShareBps: 2000}, {Model: "base", Version: 1, ShareBps: 10}}
	}
	ask := func(version, depth uint32) *types.QueryLineageResponse {
		res, err := f.queries().Lineage(f.Ctx, &types.QueryLineageRequest{Model: "tuned", Version: version, Depth: depth})
		require.NoError(t, err)
		return res
	}
	res := ask(2, 0)
	require.False(t, res.More)
	require.Len(t, res.Ancestors, 4, "tuned@1 and base, then base and other of tuned@1")
	require.EqualValues(t, 2, res.Ancestors[2].Generation)
	require.Equal(t, "tuned", res.Ancestors[2].Child.Model)
	require.EqualValues(t, 3000, res.Ancestors[2].ShareBps)
	res = ask(12, 1)
	require.True(t, res.More)
	require.Len(t, res.Ancestors, 2)
	res = ask(12, 100)
	require.True(t, res.More, "eight generations")
	require.EqualValues(t, 8, res.Ancestors[len(res.Ancestors)-1].Generation)
	f.Next()
}

func TestFilesArePaged(t *testing.T) {
	f := setup(t, nil)
	var files []content.File
	for i := range 230 {
		files = append(files, content.File{Path: fmt.Sprintf("f%03d", i), Size: 1, Root: content.Hash{byte(i)}})
	}
	f.publish(0, "many", files...)
	var got []types.File
	var page *query.PageRequest
	for range 5 {
		res, err := f.queries().Files(f.Ctx, &types.QueryFilesRequest{Model: "many", Version: 1, Pagination: page})
		require.NoError(t, err)
		require.LessOrEqual(t, len(res.Files), 100)
		got = append(got, res.Files...)
		if page = &(query.PageRequest{Key: res.Pagination.NextKey}); res.Pagination.NextKey == nil {
			break
		}
	}
	require.Equal(t, types.Stored(files), got)
	for _, bad := range []*query.PageRequest{{Key: []byte{1}}, {Key: []byte{0, 0, 0, 1}, Offset: 1}, {Reverse: true}} {
		_, err := f.queries().Files(f.Ctx, &types.QueryFilesRequest{Model: "many", Version: 1, Pagination: bad})
		require.Equal(t, codes.InvalidArgument, status.Code(err))
	}
	res, err := f.queries().Files(f.Ctx, &types.QueryFilesRequest{Model: "many", Version: 1, Pagination: &query.PageRequest{Key: []byte{255, 255, 255, 255}}})
	require.NoError(t, err)
	require.Empty(t, res.Files)
}
