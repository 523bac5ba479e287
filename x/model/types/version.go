package types

import (
	"bytes"
	"fmt"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/model/content"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// MaxContext bounds context_length, in tokens.
const MaxContext = 1 << 30

// Name is how people write the version: model@number.
func (v Version) Name() string { return Label(v.Model, v.Number) }

// Label is how people write a version: model@number.
func Label(model string, number uint32) string { return fmt.Sprintf("%s@%d", model, number) }

// Content turns stored files into those of package content. Errors: ErrInvalidHash.
func Content(files []File) ([]content.File, error) {
	out := make([]content.File, len(files))
	for i, f := range files {
		if len(f.Root) != len(out[i].Root) {
			return nil, errorsmod.Wrapf(ErrInvalidHash, "root of file %.*q has %d bytes, want %d", content.MaxPath, f.Path, len(f.Root), len(out[i].Root))
		}
		out[i] = content.File{Path: f.Path, Size: f.Size_, Root: content.Hash(f.Root)}
	}
	return out, nil
}

// Stored turns files of package content into those that are stored.
func Stored(files []content.File) []File {
	out := make([]File, len(files))
	for i, f := range files {
		out[i] = File{Path: f.Path, Size_: f.Size, Root: f.Root[:]}
	}
	return out
}

// checkContent holds files against the root that they are published under. Errors: ErrInvalidFiles, ErrInvalidHash.
func checkContent(files []File, root []byte) ([]content.File, error) {
	if len(files) > content.MaxFiles {
		return nil, errorsmod.Wrapf(ErrInvalidFiles, "%d files, want at most %d", len(files), content.MaxFiles)
	}
	list, err := Content(files)
	if err != nil {
		return nil, err
	}
	got, err := content.Root(list)
	if err != nil {
		return nil, ErrInvalidFiles.Wrap(err.Error())
	}
	if !bytes.Equal(got[:], root) {
		return nil, errorsmod.Wrapf(ErrInvalidHash, "root is %.64x, the files have %x; hash them again", root, got)
	}
	return list, nil
}

// Validate reports the first field of a description that is wrong. Errors: ErrInvalidHash, ErrInvalidDescription, ErrInvalidLicence.
func (d Description) Validate() error {
	for _, h := range []struct {
		field string
		hash  []byte
	}{{"tokenizer_hash", d.TokenizerHash}, {"template_hash", d.TemplateHash}} {
		if len(h.hash) != 0 && len(h.hash) != len(content.Hash{}) {
			return errorsmod.Wrapf(ErrInvalidHash, "%s has %d bytes, want %d or none", h.field, len(h.hash), len(content.Hash{}))
		}
	}
	for _, x := range []struct {
		field, text string
		most        int
	}{{"architecture", d.Architecture, MaxArchitecture}, {"quantization", d.Quantization, MaxQuantization}, {"engine", d.Engine, MaxEngine}} {
		if err := subnettypes.CheckText(ErrInvalidDescription, x.field, x.text, 1, x.most, false); err != nil {
			return err
		}
	}
	if d.ContextLength < 1 || d.ContextLength > MaxContext {
		return errorsmod.Wrapf(ErrInvalidDescription, "context_length is %d, want 1 to %d", d.ContextLength, MaxContext)
	}
	return CheckLicence(d.Licence)
}

// checkParents accepts distinct versions whose shares sum to the whole at most. Errors: ErrInvalidParents, ErrInvalidName, ErrVersionNotFound.
func checkParents(parents []Parent) error {
	if len(parents) > MaxParentsBound {
		return errorsmod.Wrapf(ErrInvalidParents, "%d parents, want at most %d", len(parents), MaxParentsBound)
	}
	var sum uint32
	for i, p := range parents {
		if err := CheckVersion("model of a parent", p.Model, p.Version); err != nil {
			return err
		}
		for _, other := range parents[:i] {
			if other.Model == p.Model && other.Version == p.Version {
				return errorsmod.Wrapf(ErrInvalidParents, "%s is named twice", Label(p.Model, p.Version))
			}
		}
		if p.ShareBps > curve.MaxBps-sum {
			return errorsmod.Wrapf(ErrInvalidParents, "share_bps of %s is %d, the shares before sum to %d; want %d at most in all", Label(p.Model, p.Version), p.ShareBps, sum, curve.MaxBps)
		}
		sum += p.ShareBps
	}
	return nil
}

// check of a deprecation by itself. Errors: ErrInvalidText, ErrInvalidSuccessor, ErrInvalidName.
func (d Deprecation) check() error {
	if err := subnettypes.CheckText(ErrInvalidText, "reason", d.Reason, 1, MaxReason, false); err != nil {
		return err
	}
	if d.SuccessorModel == "" && d.SuccessorVersion == 0 {
		return nil
	}
	if d.SuccessorVersion == 0 {
		return errorsmod.Wrapf(ErrInvalidSuccessor, "successor_version is 0; name a version of %.*q, or no successor", MaxName, d.SuccessorModel)
	}
	return CheckName("successor_model", d.SuccessorModel)
}
