package lingua

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	lib "github.com/pemistahl/lingua-go"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
)

// ModuleSum is the checksum of the library with its models, as in go.sum: the
// content that Version stands for.
const ModuleSum = "github.com/pemistahl/lingua-go v1.4.0 h1:ifYhthrlW7iO4icdubwlduYnmwU37V1sbNrwhKBR4rM="

// Mode is one of the library's two accuracy modes.
type Mode string

const (
	// High uses n-grams of lengths one to five.
	High Mode = "high"
	// Low uses trigrams only.
	Low Mode = "low"
)

// Expert implements task.Expert.
type Expert struct {
	name     string
	version  [32]byte
	detector lib.LanguageDetector
}

// isoOf maps ISO 639-3 codes to the library's where it has the macrolanguage.
var isoOf = map[string]string{"azj": "aze"}

// New loads the models of the languages. Those that the library does not know are
// left out: it will never answer them. With fewer than two known it fails with
// task.ErrBadParameters.
//
// An empty list means all 75 languages of the library, as it comes: it then often
// names one that nobody asked for.
func New(mode Mode, languages []string) (*Expert, error) {
	if mode != High && mode != Low {
		return nil, fmt.Errorf("lingua: mode %q, want %q or %q", mode, High, Low)
	}
	e := &Expert{
		name:    "lingua-" + string(mode),
		version: sha256.Sum256([]byte(strings.Join(append([]string{ModuleSum, string(mode)}, languages...), "\n"))),
	}
	var b lib.LanguageDetectorBuilder
	if len(languages) == 0 {
		e.name += "-all"
		b = lib.NewLanguageDetectorBuilder().FromAllLanguages()
	} else {
		codes, err := isoCodes(languages)
		if err != nil {
			return nil, err
		}
		b = lib.NewLanguageDetectorBuilder().FromIsoCodes639_3(codes...)
	}
	b = b.WithPreloadedLanguageModels()
	if mode == Low {
		b = b.WithLowAccuracyMode()
	}
	e.detector = b.Build()
	return e, nil
}

func isoCodes(languages []string) ([]lib.IsoCode639_3, error) {
	var codes []lib.IsoCode639_3
	for _, l := range languages {
		if m, ok := isoOf[l]; ok {
			l = m
		}
		c := lib.GetIsoCode639_3FromValue(strings.ToUpper(l))
		if c != lib.UnknownIsoCode639_3 {
			codes = append(codes, c)
		}
	}
	if len(codes) < 2 {
		return nil, fmt.Errorf("lingua: %w: languages: the library knows %d of %v, needs 2", task.ErrBadParameters, len(codes), languages)
	}
	return codes, nil
}

// Name implements task.Expert.
func (e *Expert) Name() string { return e.name }

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
	values := e.detector.ComputeLanguageConfidenceValues(r.Text)
	if len(values) == 0 || values[0].Value() == 0 || (len(values) > 1 && values[0].Value() == values[1].Value()) {
		return langid.EncodeResponse(langid.Undetermined, 0)
	}
	code := strings.ToLower(values[0].Language().IsoCode639_3().String())
	for l, m := range isoOf {
		if m == code {
			code = l
		}
	}
	return langid.EncodeResponse(code, values[0].Value())
}

// Specs returns the experts for the registry.
func Specs() []task.ExpertSpec {
	spec := func(name string, mode Mode, all bool, about string) task.ExpertSpec {
		return task.ExpertSpec{
			Task:  langid.Kind,
			Name:  name,
			About: about,
			New: func(_ context.Context, cfg task.ExpertConfig) (task.Expert, error) {
				p, err := langid.DecodeParams(cfg.Params)
				if err != nil {
					return nil, err
				}
				if all {
					p.Languages = nil
				}
				return New(mode, p.Languages)
			},
		}
	}
	return []task.ExpertSpec{
		spec("lingua-high", High, false, "lingua-go, high accuracy: n-grams of lengths 1 to 5; about 1.2 GB, 6 to 15 s to start"),
		spec("lingua-low", Low, false, "lingua-go, low accuracy: trigrams; about 70 MB"),
		spec("lingua-low-all", Low, true, "lingua-go, low accuracy, all its 75 languages in mind; about 200 MB"),
	}
}
