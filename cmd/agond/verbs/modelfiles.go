package verbs

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/content/disk"
)

const (
	flagDir  = "dir"
	flagFile = "file"
)

// fileFlags say where a version's files are.
func fileFlags(cmd *cobra.Command) {
	cmd.Flags().String(flagDir, "", "the folder with the version's files; names that begin with a dot are left out")
	cmd.Flags().String(flagFile, "", "the version's only file")
	cmd.MarkFlagsMutuallyExclusive(flagDir, flagFile)
	cmd.MarkFlagsOneRequired(flagDir, flagFile)
}

// found are the files that the flags name.
func (s *session) found() (*disk.Files, error) {
	dir, _ := s.cmd.Flags().GetString(flagDir)
	file, _ := s.cmd.Flags().GetString(flagFile)
	for _, one := range []struct {
		flag, path string
		folder     bool
	}{{flagDir, dir, true}, {flagFile, file, false}} {
		if one.path == "" {
			continue
		}
		info, err := os.Stat(one.path)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", one.flag, err)
		}
		if info.IsDir() != one.folder {
			return nil, fmt.Errorf("--%s %s: a folder goes with --%s, a file with --%s", one.flag, one.path, flagDir, flagFile)
		}
		return disk.Find(one.path)
	}
	return nil, errors.New("say where the files are with --dir or --file")
}

// hashed reads all files, and says how far it has come once it lasts.
func (s *session) hashed(files *disk.Files) ([]content.File, error) {
	p := newProgress(s.aside(), terminal(s.aside()), "")
	defer p.end()
	next := p.began.Add(quiet)
	return files.Hash(s.cmd.Context(), func(read uint64) {
		if now := time.Now(); now.After(next) {
			next = now.Add(poll)
			p.say(fmt.Sprintf("hashed %s of %s", size(read), size(files.Size())))
		}
	})
}

// hashOf is SHA-256 of a file, none where no name is given.
func hashOf(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
