package keeper

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/types"
)

const (
	domainDraw = "agon/model-challenges/v1"
	domainSeed = "agon/model-challenge/v1"
)

// A challenge asks a binding for one chunk of its version. Which bindings are asked follows from the hash of a block, which nobody knew in
// the block before, and each is asked as often as any other: nobody can tell when, nor wait until he was asked. Which chunk it
// is follows from a seed that is kept with the binding; the files are read only where somebody answers or looks.

// draws is how many bindings a block asks, given how many there are: one in challenge_interval, the fraction by lot.
func draws(s *content.Stream, bindings uint64, p types.Params) uint64 {
	n := bindings / p.ChallengeInterval
	if s.Below(p.ChallengeInterval) < bindings%p.ChallengeInterval {
		n++
	}
	return min(n, uint64(p.MaxChallengesPerBlock))
}

// beginChallenges asks the bindings that a block's hash draws. One that is asked already is passed over.
func (k *Keeper) beginChallenges(ctx context.Context, hash []byte) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	count, err := k.count.Get(ctx)
	if err != nil {
		return err
	}
	if count == 0 {
		return nil
	}
	s := content.NewStream(domainDraw, hash)
	for range draws(s, count, p) {
		at, err := k.slots.Get(ctx, s.Below(count))
		if err != nil {
			return err
		}
		b, err := k.bindings.Get(ctx, collections.Join3(at.Netuid, at.Uid, at.VersionId))
		if err != nil {
			return err
		}
		if b.Challenge != nil {
			continue
		}
		now := height(ctx)
		b.Challenge = &types.Challenge{Seed: seedOf(hash, at), BegunAt: now, DueAt: now + int64(p.ChallengeWindow)}
		if err := k.bindings.Set(ctx, keyOf(b), b); err != nil {
			return err
		}
		if err := k.challengesDue.Set(ctx, collections.Join4(b.Challenge.DueAt, b.Netuid, b.Uid, b.VersionId)); err != nil {
			return err
		}
		err = emit(ctx, &types.EventChallengeBegun{Netuid: b.Netuid, Uid: b.Uid, Hotkey: b.Hotkey, VersionId: b.VersionId, DueAt: b.Challenge.DueAt})
		if err != nil {
			return err
		}
	}
	return nil
}

// seedOf a challenge: another for each place, so that neurons that serve one version are not asked for one chunk.
func seedOf(hash []byte, at types.Place) []byte {
	b := append([]byte(domainSeed), hash...)
	b = binary.BigEndian.AppendUint32(b, at.Netuid)
	b = binary.BigEndian.AppendUint32(b, at.Uid)
	b = binary.BigEndian.AppendUint64(b, at.VersionId)
	h := sha256.Sum256(b)
	return h[:]
}

// asked is the chunk that a challenge asks for, and the file that it is of.
func (k *Keeper) asked(ctx context.Context, version uint64, c types.Challenge) (content.Place, content.File, error) {
	files, err := k.contentOf(ctx, version)
	if err != nil {
		return content.Place{}, content.File{}, err
	}
	if len(c.Seed) != len(content.Hash{}) {
		return content.Place{}, content.File{}, types.ErrBroken.Wrapf("seed of %d bytes", len(c.Seed))
	}
	at, ok := content.Draw(content.Hash(c.Seed), files)
	if !ok {
		return content.Place{}, content.File{}, types.ErrBroken.Wrapf("version %d has no bytes", version)
	}
	return at, files[at.File], nil
}

// answer takes the chunk that a binding was asked for.
func (k *Keeper) answer(ctx context.Context, m *types.MsgAnswerChallenge) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	proof, err := m.Proof()
	if err != nil {
		return err
	}
	b, err := k.boundBy(ctx, m.Netuid, m.Hotkey, m.Model, m.Version)
	if err != nil {
		return err
	}
	c := b.Challenge
	if c == nil {
		return errorsmod.Wrapf(types.ErrNoChallenge, "netuid %d uid %d, %s", b.Netuid, b.Uid, types.Label(m.Model, m.Version))
	}
	now := height(ctx)
	if now > c.DueAt {
		return errorsmod.Wrapf(types.ErrTooLate, "it was due at block %d, this is block %d; the binding ends", c.DueAt, now)
	}
	at, file, err := k.asked(ctx, b.VersionId, *c)
	if err != nil {
		return err
	}
	if err := file.Verify(at.Leaf, at.Chunk, proof); err != nil {
		return errorsmod.Wrapf(types.ErrInvalidAnswer, "%s is asked for leaf %d, chunk %d of %s: %s", types.Label(m.Model, m.Version), at.Leaf, at.Chunk, file.Path, err)
	}
	if err := k.challengesDue.Remove(ctx, collections.Join4(c.DueAt, b.Netuid, b.Uid, b.VersionId)); err != nil {
		return err
	}
	b.Challenge, b.ProvenAt = nil, now
	if err := k.bindings.Set(ctx, keyOf(b), b); err != nil {
		return err
	}
	return emit(ctx, &types.EventChallengeAnswered{Netuid: b.Netuid, Uid: b.Uid, Hotkey: b.Hotkey, VersionId: b.VersionId, Blocks: now - c.BegunAt})
}
