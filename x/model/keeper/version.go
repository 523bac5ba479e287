package keeper

import (
	"context"
	"math"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// GetVersion returns a version by its id. Errors: ErrVersionNotFound.
func (k *Keeper) GetVersion(ctx context.Context, id uint64) (types.Version, error) {
	v, err := k.versions.Get(ctx, id)
	if err != nil {
		return v, missing(err, types.ErrVersionNotFound, "version with id %d", id)
	}
	return v, nil
}

// VersionOf returns a version by its model and number. Errors: ErrVersionNotFound, ErrInvalidName.
func (k *Keeper) VersionOf(ctx context.Context, model string, number uint32) (types.Version, error) {
	if err := types.CheckVersion("model", model, number); err != nil {
		return types.Version{}, err
	}
	id, err := k.numbers.Get(ctx, collections.Join(model, number))
	if err != nil {
		return types.Version{}, missing(err, types.ErrVersionNotFound, "%s; list them with agond model show %s", types.Label(model, number), model)
	}
	return k.GetVersion(ctx, id)
}

// contentOf are the files of a version.
func (k *Keeper) contentOf(ctx context.Context, id uint64) ([]content.File, error) {
	f, err := k.files.Get(ctx, id)
	if err != nil {
		return nil, missing(err, types.ErrVersionNotFound, "files of version %d", id)
	}
	return types.Content(f.Files)
}

// publish adds a version to a model. Whether it is a copy is found by the chain and refuses nothing: who may publish a copy is a
// matter of licences, that it is one is not.
func (k *Keeper) publish(ctx context.Context, m *types.MsgPublishVersion) (*types.MsgPublishVersionResponse, error) {
	files, err := m.Check()
	if err != nil {
		return nil, err
	}
	model, err := k.own(ctx, m.Model, m.Owner)
	if err != nil {
		return nil, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.mayPublish(ctx, p, model, m); err != nil {
		return nil, err
	}
	owner, err := subnettypes.ParseAddress("owner", m.Owner)
	if err != nil {
		return nil, err
	}
	claim, claimed, err := k.claim(ctx, owner, content.Hash(m.Root), m.Salt)
	if err != nil {
		return nil, err
	}
	if err := k.burn(ctx, m.Owner, p.VersionFee, "version_fee"); err != nil {
		return nil, err
	}
	id, err := k.next.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.next.Set(ctx, id+1); err != nil {
		return nil, err
	}
	model.Versions++
	if err := k.models.Set(ctx, model.Name, model); err != nil {
		return nil, err
	}
	weights := content.Weights(files)
	v := types.Version{
		Id: id, Model: model.Name, Number: model.Versions, Publisher: m.Owner, Root: m.Root, WeightsRoot: weights.Root[:], Files: uint32(len(files)), Size_: content.Size(files),
		Description: m.Description, Parents: m.Parents, PublishedAt: height(ctx), ClaimedAt: claimed, Claim: claim,
	}
	if err := k.putVersion(ctx, v, m.Files); err != nil {
		return nil, err
	}
	original, err := k.copyOf(ctx, v)
	if err != nil {
		return nil, err
	}
	return &types.MsgPublishVersionResponse{VersionId: id, Version: v.Number, CopyOf: original}, emit(ctx, &types.EventVersionPublished{
		VersionId: id, Model: v.Model, Version: v.Number, Publisher: v.Publisher, Root: v.Root, CopyOf: original, Burned: p.VersionFee,
	})
}

// mayPublish judges a version by the state. Parents were there before, so that no lineage has a circle. Errors: ErrInvalidFiles,
// ErrInvalidParents, ErrTooManyVersions, ErrVersionNotFound.
func (k *Keeper) mayPublish(ctx context.Context, p types.Params, model types.Model, m *types.MsgPublishVersion) error {
	if len(m.Files) > int(p.MaxFiles) {
		return errorsmod.Wrapf(types.ErrInvalidFiles, "%d files, max_files is %d; pack some together", len(m.Files), p.MaxFiles)
	}
	if len(m.Parents) > int(p.MaxParents) {
		return errorsmod.Wrapf(types.ErrInvalidParents, "%d parents, max_parents is %d", len(m.Parents), p.MaxParents)
	}
	if model.Versions == math.MaxUint32 {
		return errorsmod.Wrapf(types.ErrTooManyVersions, "model %s has %d; create another model", model.Name, model.Versions)
	}
	for _, parent := range m.Parents {
		if _, err := k.VersionOf(ctx, parent.Model, parent.Version); err != nil {
			return errorsmod.Wrap(err, "parent")
		}
	}
	return nil
}

// putVersion writes a new version and everything that finds it.
func (k *Keeper) putVersion(ctx context.Context, v types.Version, files []types.File) error {
	if err := k.versions.Set(ctx, v.Id, v); err != nil {
		return err
	}
	if err := k.files.Set(ctx, v.Id, types.Files{Files: files}); err != nil {
		return err
	}
	if err := k.numbers.Set(ctx, collections.Join(v.Model, v.Number), v.Id); err != nil {
		return err
	}
	return k.owns(ctx, v)
}

// deprecate says that a version should not be used any more. It stays, and so do bindings to it: what is pinned is served or refused,
// never something else.
func (k *Keeper) deprecate(ctx context.Context, m *types.MsgDeprecateVersion) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	if _, err := k.own(ctx, m.Model, m.Owner); err != nil {
		return err
	}
	v, err := k.VersionOf(ctx, m.Model, m.Version)
	if err != nil {
		return err
	}
	if v.Deprecation != nil {
		return errorsmod.Wrapf(types.ErrDeprecated, "%s since block %d", v.Name(), v.Deprecation.Height)
	}
	if m.SuccessorVersion != 0 {
		if _, err := k.VersionOf(ctx, m.SuccessorModel, m.SuccessorVersion); err != nil {
			return errorsmod.Wrap(err, "successor")
		}
	}
	d := m.Deprecation(height(ctx))
	v.Deprecation = &d
	if err := k.versions.Set(ctx, v.Id, v); err != nil {
		return err
	}
	return emit(ctx, &types.EventVersionDeprecated{VersionId: v.Id, Model: v.Model, Version: v.Number, Deprecation: d})
}
