package verbs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/x/model/content"
)

// errDiffers says that local files are not those of the version.
var errDiffers = errors.New("the files are not those of the version")

func modelVerifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "verify NAME@NUMBER (--dir DIR | --file FILE)",
		Short:   "Check files on this machine, byte for byte, against a version on the chain",
		Long:    "Check files against a version on the chain: --dir all of them, --file one of them, whatever it is called here. What differs ends with status 1.",
		Example: "agond model verify tiny-stories@1 --file tiny.gguf\nagond model verify tiny-tuned@2 --dir models/tiny",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			info, err := s.version(args[0])
			if err != nil {
				return err
			}
			want, err := s.filesOf(info.Version)
			if err != nil {
				return err
			}
			files, err := s.found()
			if err != nil {
				return err
			}
			have, err := s.hashed(files)
			if err != nil {
				return err
			}
			if file, _ := cmd.Flags().GetString(flagFile); file != "" {
				path, err := matching(have[0], want)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", file, args[0], err)
				}
				out := append(sheet{{"version", args[0], "version", args[0]}, {"path", path, "file", path}}, field{"matches", true, "verdict", "the same, byte for byte"})
				return s.print(out, func() string { return out.table("model verify") })
			}
			if err := same(have, want); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			out := append(sheet{{"version", args[0], "version", args[0]}}, contentLines(have, content.Hash(info.Version.Root))...)
			out = append(out, field{"matches", true, "verdict", "the same, byte for byte"})
			return s.print(out, func() string { return out.table("model verify") })
		},
	}
	askFlags(cmd)
	fileFlags(cmd)
	return cmd
}

// matching is the path of the version's file that a local file is. The error is errDiffers.
func matching(have content.File, want []content.File) (string, error) {
	for _, f := range want {
		if f.Root == have.Root && f.Size == have.Size {
			return f.Path, nil
		}
	}
	return "", fmt.Errorf("%w: none of its %d files has root %x and %d bytes", errDiffers, len(want), have.Root, have.Size)
}

// same compares files by path, both in ascending order. The error is errDiffers, and names what differs.
func same(have, want []content.File) error {
	var differs []string
	for len(have) > 0 || len(want) > 0 {
		switch {
		case len(want) == 0 || len(have) > 0 && have[0].Path < want[0].Path:
			differs, have = append(differs, have[0].Path+" is not of it"), have[1:]
		case len(have) == 0 || want[0].Path < have[0].Path:
			differs, want = append(differs, want[0].Path+" is missing"), want[1:]
		default:
			if have[0] != want[0] {
				differs = append(differs, fmt.Sprintf("%s differs (%d bytes here, %d there)", have[0].Path, have[0].Size, want[0].Size))
			}
			have, want = have[1:], want[1:]
		}
	}
	if len(differs) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errDiffers, strings.TrimSpace(list(differs)))
}
