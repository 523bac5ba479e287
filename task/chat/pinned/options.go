package pinned

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/engine"
	"github.com/agon-chain/agon/task/chat/remote"
)

// ErrOptions refuses the examiner's options.
var ErrOptions = errors.New("invalid examiner options of task chat")

// Options are the examiner's own, from the validator's configuration.
type Options struct {
	// Backends are servers of the validator's that verify versions in the place of package lm.
	Backends []Backend `json:"backends,omitempty"`
}

// Backend is the server that verifies one version.
type Backend struct {
	// Root of the version's files, 64 hexadecimal digits, as the subnet pins it.
	Root string `json:"root,omitempty"`
	// Pin is name@version, for a subnet that pins no root. One of the two.
	Pin string `json:"pin,omitempty"`
	// Vocabulary is the path of a GGUF file with the version's vocabulary and template, with or without weights. Empty: the version's
	// own GGUF file in the data folder, else models/NAME@VERSION.vocabulary.gguf there.
	Vocabulary string `json:"vocabulary,omitempty"`
	// Template is the name of the template to use; empty: the one that the file shows.
	Template string `json:"template,omitempty"`
	remote.Options
}

// maxBackends bounds a list: a subnet pins at most as many versions.
const maxBackends = chat.MaxModels

// DecodeOptions reads options strictly. Errors: [ErrOptions].
func DecodeOptions(raw json.RawMessage) (Options, error) {
	var o Options
	if len(bytes.TrimSpace(raw)) == 0 {
		return o, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return Options{}, fmt.Errorf(`%w: %w; want {"backends":[{"root":"...","url":"http://127.0.0.1:8000/v1"}]}`, ErrOptions, err)
	}
	if len(o.Backends) > maxBackends {
		return Options{}, fmt.Errorf("%w: %d backends, want at most %d", ErrOptions, len(o.Backends), maxBackends)
	}
	of := map[string]bool{}
	for i := range o.Backends {
		b := &o.Backends[i]
		b.Root = strings.ToLower(b.Root)
		if (b.Root == "") == (b.Pin == "") {
			return Options{}, fmt.Errorf("%w: backends[%d]: want root, or pin where the subnet pins no root, and not both", ErrOptions, i)
		}
		if b.Root != "" {
			if _, err := chat.ParseRoot(b.Root); err != nil {
				return Options{}, fmt.Errorf("%w: backends[%d].root: %w", ErrOptions, i, err)
			}
		}
		if of[b.Root+b.Pin] {
			return Options{}, fmt.Errorf("%w: backends[%d]: %s%s has a backend already", ErrOptions, i, b.Root, b.Pin)
		}
		of[b.Root+b.Pin] = true
	}
	return o, nil
}

// backend is the one of a version, if it has one. By its pin alone it is found only where the subnet pins no root.
func (o Options) backend(m chat.Model) (Backend, bool) {
	for _, b := range o.Backends {
		if m.Root != "" && b.Root == strings.ToLower(m.Root) || m.Root == "" && b.Pin == m.Pin {
			return b, true
		}
	}
	return Backend{}, false
}

// openBackend opens the version by its server. Files of the version that are there must be those that the subnet pins; there need be none.
func (b Backend) openBackend(ctx context.Context, dataDir string, m chat.Model, root task.RootFunc) (Version, error) {
	folder := filepath.Join(dataDir, "models", m.Pin)
	file := b.Vocabulary
	if _, err := os.Stat(folder); err == nil {
		if err := checkRoot(ctx, folder, m, root); err != nil {
			return Version{}, err
		}
		files, err := filepath.Glob(filepath.Join(folder, "*.gguf"))
		if err != nil {
			return Version{}, err
		}
		if file == "" && len(files) == 1 {
			file = files[0]
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return Version{}, err
	}
	if file == "" {
		file = folder + ".vocabulary.gguf"
	}
	profile, err := ReadProfile(folder + ".profile.json")
	if errors.Is(err, fs.ErrNotExist) {
		return Version{}, fmt.Errorf("%w: no %s.profile.json; make it with agon-validator calibrate", task.ErrNoMaterial, folder)
	}
	if err != nil {
		return Version{}, err
	}
	text, err := engine.OpenText(file, b.Template)
	if errors.Is(err, fs.ErrNotExist) {
		return Version{}, fmt.Errorf("%w: no %s; put the vocabulary of %s there, a GGUF file with or without weights, or name it in backends[].vocabulary", task.ErrNoMaterial, file, m.Pin)
	}
	if err != nil {
		return Version{}, err
	}
	e, err := remote.Open(ctx, text, b.Options)
	if err != nil {
		return Version{}, fmt.Errorf("%s: %w", m.Pin, err)
	}
	return Version{Pin: m.Pin, Engine: e, Profile: profile}, nil
}
