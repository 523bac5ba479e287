package whatlang

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	lib "github.com/abadojack/whatlanggo"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
)

// ModuleSum is the checksum of the library with its profiles, as in go.sum: the
// content that Version stands for.
const ModuleSum = "github.com/abadojack/whatlanggo v1.0.1 h1:19N6YogDnf71CTHm3Mp2qhYfkRdyvbgwWdd2EPxJRG4="

// Name of the expert in the registry.
const Name = "whatlang"

// Expert implements task.Expert.
type Expert struct {
	version [32]byte
	options lib.Options
}

// codeOf maps ISO 639-3 codes to the library's where it has the macrolanguage.
var codeOf = map[string]string{"lvs": "lav"}

// New makes an expert for the languages. Those that the library does not know are
// left out; with fewer than two known it fails with task.ErrBadParameters.
func New(languages []string) (*Expert, error) {
	known := map[lib.Lang]bool{}
	for _, l := range languages {
		if m, ok := codeOf[l]; ok {
			l = m
		}
		if lang := lib.CodeToLang(l); lang >= 0 && lang.Iso6393() == l {
			known[lang] = true
		}
	}
	if len(known) < 2 {
		return nil, fmt.Errorf("whatlang: %w: languages: the library knows %d of %v, needs 2", task.ErrBadParameters, len(known), languages)
	}
	return &Expert{
		version: sha256.Sum256([]byte(strings.Join(append([]string{ModuleSum}, languages...), "\n"))),
		options: lib.Options{Whitelist: known},
	}, nil
}

// Name implements task.Expert.
func (e *Expert) Name() string { return Name }

// Version implements task.Expert.
func (e *Expert) Version() [32]byte { return e.version }

// Answer implements task.Expert.
func (e *Expert) Answer(ctx context.Context, body []byte) ([]byte, error) {
	r, err := langid.DecodeRequest(body)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	info := lib.DetectWithOptions(r.Text, e.options)
	if info.Lang < 0 || !e.options.Whitelist[info.Lang] {
		return langid.EncodeResponse(langid.Undetermined, 0)
	}
	code := info.Lang.Iso6393()
	for l, m := range codeOf {
		if m == code {
			code = l
		}
	}
	return langid.EncodeResponse(code, info.Confidence)
}

// Spec returns the expert for the registry.
func Spec() task.ExpertSpec {
	return task.ExpertSpec{
		Task:  langid.Kind,
		Name:  Name,
		About: "whatlanggo: scripts and trigram profiles; about 10 MB",
		New: func(_ context.Context, cfg task.ExpertConfig) (task.Expert, error) {
			p, err := langid.DecodeParams(cfg.Params)
			if err != nil {
				return nil, err
			}
			return New(p.Languages)
		},
	}
}
