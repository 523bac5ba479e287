package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// FileName is the configuration's name inside the home folder.
const FileName = "config.toml"

// maxFile bounds what is read as a configuration.
const maxFile = 1 << 20

// Load reads the configuration: a flag that was given beats the environment, which beats the file in the home folder,
// which beats the default. A missing file is no error; one with an unknown setting is. It does not Validate.
func Load(flags *pflag.FlagSet, lookup func(string) (string, bool)) (Config, error) {
	c := Default()
	all := fields(&c)
	given := func(name string) (string, bool) {
		if f := flags.Lookup(name); f != nil && f.Changed {
			return f.Value.String(), true
		}
		return lookup(envName(name))
	}
	if home, ok := given("home"); ok {
		c.Home = home
	}
	file, err := readFile(filepath.Join(c.Home, FileName), all)
	if err != nil {
		return Config{}, err
	}
	for _, f := range all {
		if f.name == "home" {
			continue
		}
		value, ok := given(f.name)
		from := envName(f.name)
		if fl := flags.Lookup(f.name); fl != nil && fl.Changed {
			from = "--" + f.name
		}
		if !ok {
			if !file.InConfig(f.name) {
				continue
			}
			from = filepath.Join(c.Home, FileName)
			raw := file.Get(f.name)
			if raw == nil || reflect.TypeOf(raw).Kind() == reflect.Slice {
				return Config{}, fmt.Errorf("%w: %s is a list in %s, want %s", ErrConfig, f.name, from, kindOf(f.value))
			}
			value = file.GetString(f.name)
		}
		if err := set(f, value); err != nil {
			return Config{}, fmt.Errorf("%w: %s is %.64q in %s, want %s", ErrConfig, f.name, value, from, kindOf(f.value))
		}
	}
	return c, nil
}

// set parses as a flag of the same type does, so that a value means the same wherever it stands.
func set(f field, value string) error {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	AddFlags(flags, f.name)
	if err := flags.Set(f.name, value); err != nil {
		return err
	}
	switch v := f.value.(type) {
	case *string:
		*v = value
	default:
		target := reflect.ValueOf(v).Elem()
		got, err := typed(flags, f)
		if err != nil {
			return err
		}
		target.Set(reflect.ValueOf(got))
	}
	return nil
}

func typed(flags *pflag.FlagSet, f field) (any, error) {
	switch reflect.TypeOf(f.value).Elem().String() {
	case "bool":
		return flags.GetBool(f.name)
	case "int":
		return flags.GetInt(f.name)
	case "int64":
		return flags.GetInt64(f.name)
	case "uint64":
		return flags.GetUint64(f.name)
	case "float64":
		return flags.GetFloat64(f.name)
	}
	return flags.GetDuration(f.name)
}

func kindOf(value any) string {
	switch reflect.TypeOf(value).Elem().String() {
	case "bool":
		return "true or false"
	case "int", "int64", "uint64":
		return "a whole number"
	case "float64":
		return "a number"
	case "time.Duration":
		return `a duration such as "500ms" or "2m"`
	}
	return "text"
}

func readFile(path string, all []field) (*viper.Viper, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	v.SetConfigType("toml")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("%d bytes, want at most %d", info.Size(), maxFile)
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if err == nil {
		err = v.ReadConfig(bytes.NewReader(raw))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %s", ErrConfig, path, strings.Join(strings.Fields(err.Error()), " "))
	}
	for _, key := range v.AllKeys() {
		known := false
		for _, f := range all {
			known = known || f.name == key && key != "home"
		}
		if !known {
			return nil, fmt.Errorf("%w: %s has an unknown setting %.64q; remove it, or see `agon-gateway run --help`", ErrConfig, path, key)
		}
	}
	return v, nil
}

// Encode writes the configuration as the file that Load reads, with what each setting means.
func (c Config) Encode() []byte {
	var b bytes.Buffer
	b.WriteString("# Configuration of agon-gateway. A flag beats the environment (" + EnvPrefix + "_NAME), which beats this file.\n")
	for _, f := range fields(&c) {
		if f.name == "home" {
			continue
		}
		if f.section != "" {
			fmt.Fprintf(&b, "\n# --- %s ---\n", f.section)
		}
		fmt.Fprintf(&b, "\n# %s\n%s = %s\n", f.usage, f.name, tomlValue(f.value))
	}
	return b.Bytes()
}

// WriteFile writes the configuration into its home, and does nothing where there is one already.
func (c Config) WriteFile() (created bool, err error) {
	f, err := os.OpenFile(filepath.Join(c.Home, FileName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write configuration: %w", err)
	}
	_, err = f.Write(c.Encode())
	if err = errors.Join(err, f.Close()); err != nil {
		return false, fmt.Errorf("write configuration: %w", err)
	}
	return true, nil
}

func parseLevel(s string) (level slog.Level, err error) {
	switch s {
	case "debug", "info", "warn", "error":
		err = level.UnmarshalText([]byte(s))
		return level, err
	}
	return 0, fmt.Errorf("%w: log level %q", ErrConfig, s)
}
