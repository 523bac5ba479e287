package pinned

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/engine"
	"github.com/agon-chain/agon/verify/sequential"
)

// Task returns task chat for the registry: with parameters that pin models, examined by them; without, by package chat's puzzles,
// which need nothing.
func Task() task.Task {
	t := chat.Task()
	puzzles, heldOut := t.NewExaminer, t.HeldOut
	t.NewExaminer = func(ctx context.Context, cfg task.ExaminerConfig) (task.Examiner, error) {
		p, err := chat.DecodeParams(cfg.Params)
		if err != nil {
			return nil, err
		}
		if len(p.Models) == 0 {
			return puzzles(ctx, cfg)
		}
		return open(ctx, p, cfg)
	}
	t.HeldOut = func(ctx context.Context, cfg task.ExaminerConfig, n int) (task.Exam, error) {
		p, err := chat.DecodeParams(cfg.Params)
		if err != nil {
			return task.Exam{}, err
		}
		if len(p.Models) == 0 {
			return heldOut(ctx, cfg, n)
		}
		x, err := open(ctx, p, cfg)
		if err != nil {
			return task.Exam{}, err
		}
		return x.NewExam(ctx, source(cfg), n)
	}
	return t
}

// splitSalt decides which documents are held out; all validators must have the same.
const splitSalt = "agon/chat/pinned/1"

func source(cfg task.ExaminerConfig) task.Source {
	return Folder(filepath.Join(cfg.DataDir, "text"), splitSalt)
}

// open opens every version that the parameters pin: by its server where the options name one, else from the data folder.
func open(ctx context.Context, p chat.Params, cfg task.ExaminerConfig) (*Examiner, error) {
	o, err := DecodeOptions(cfg.Options)
	if err != nil {
		return nil, err
	}
	var versions []Version
	for _, m := range p.Models {
		var v Version
		if b, ok := o.backend(m); ok {
			v, err = b.openBackend(ctx, cfg.DataDir, m, cfg.Root)
		} else {
			v, err = OpenVersion(ctx, cfg.DataDir, m, cfg.Root)
		}
		if err != nil {
			return nil, err
		}
		versions = append(versions, v)
	}
	return NewExaminer(ctx, p, cfg.Seed, source(cfg), versions)
}

// maxProfile bounds the bytes of a profile.
const maxProfile = 16 << 10

// OpenVersion loads one version and its profile from a data folder. Where the subnet pins it by its root, the files must be those of
// that root. Errors: task.ErrNoMaterial if they are not there, or are others.
func OpenVersion(ctx context.Context, dataDir string, m chat.Model, root task.RootFunc) (Version, error) {
	folder := filepath.Join(dataDir, "models", m.Pin)
	profile := folder + ".profile.json"
	for _, path := range []string{folder, profile} {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return Version{}, fmt.Errorf("%w: no %s; put the files of %s into a folder of that name, and its calibration beside it", task.ErrNoMaterial, path, m.Pin)
		} else if err != nil {
			return Version{}, err
		}
	}
	if err := checkRoot(ctx, folder, m, root); err != nil {
		return Version{}, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.gguf"))
	if err != nil {
		return Version{}, err
	}
	if len(files) != 1 {
		return Version{}, fmt.Errorf("%w: %s has %d .gguf files, want 1: versions in several are not computed here", task.ErrNoMaterial, folder, len(files))
	}
	e, err := engine.Open(files[0], "")
	if err != nil {
		return Version{}, err
	}
	v := Version{Pin: m.Pin, Engine: e}
	v.Profile, err = ReadProfile(profile)
	return v, err
}

// checkRoot compares a folder's files with the root that the subnet pins, if it does.
func checkRoot(ctx context.Context, folder string, m chat.Model, root task.RootFunc) error {
	if m.Root == "" {
		return nil
	}
	want, err := chat.ParseRoot(m.Root)
	if err != nil {
		return err
	}
	if root == nil {
		return fmt.Errorf("%w: the subnet pins %s by its root, which this program cannot find", task.ErrNoMaterial, m.Pin)
	}
	have, err := root(ctx, folder)
	if err != nil {
		return err
	}
	if have != want {
		return fmt.Errorf("%w: %s has root %x, the subnet pins %s to %x: put the files of that version there", task.ErrNoMaterial, folder, have, m.Pin, want)
	}
	return nil
}

// ReadProfile reads a calibration. Errors: task.ErrBadParameters, and what the file system says.
func ReadProfile(path string) (sequential.Profile, error) {
	var p sequential.Profile
	b, err := os.ReadFile(path)
	if err != nil {
		return p, err
	}
	if len(b) > maxProfile {
		return p, fmt.Errorf("%w: %s has %d bytes, want at most %d", task.ErrBadParameters, path, len(b), maxProfile)
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("%w: %s: %w", task.ErrBadParameters, path, err)
	}
	return p, nil
}
