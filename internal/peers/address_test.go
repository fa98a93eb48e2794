package peers

import (
	"net"
	"net/url"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	long := strings.Repeat("a", MaxAddressBytes)
	longest := "https://" + long[:MaxAddressBytes-len("https://:80")] + ":80"
	for text, want := range map[string]string{
		"processor-1.example:8080":      "http://processor-1.example:8080",
		"Processor_1:1":                 "http://processor_1:1",
		"10.0.0.7:65535":                "http://10.0.0.7:65535",
		"[fd00::7]:8080":                "http://[fd00::7]:8080",
		"http://a:80":                   "http://a:80",
		"https://a:8443/":               "https://a:8443",
		"HTTPS://A.example":             "https://a.example",
		"localhost:8080":                "http://localhost:8080",
		"a":                             "no port in it",
		"a:":                            "no port in it",
		"https://a:":                    "no port in it",
		"":                              "no port in it",
		":8080":                         "no name of a host",
		"a:0":                           `"0" is not a port`,
		"a:65536":                       `"65536" is not a port`,
		"a:http":                        "not an address",
		"0.0.0.0:80":                    "all interfaces",
		"[::]:80":                       "all interfaces",
		"[::ffff:0.0.0.0]:80":           "all interfaces",
		"[fe80::1%25eth0]:80":           "no address of one process",
		"224.0.0.1:80":                  "no address of one process",
		"ftp://a:80":                    "not a scheme",
		"http://user:password@a:80":     "name or password",
		"user@a:80":                     "name or password",
		"http://a:80/path":              "behind the port",
		"http://a:80?":                  "behind the port",
		"http://a:80?x=y":               "behind the port",
		"http://a:80/#x":                "behind the port",
		"a:80/..":                       "behind the port",
		"http://a b:80":                 "not an address",
		"a\nb:80":                       "not an address",
		"kö:80":                         "no name of a host",
		"a,b:80":                        "no name of a host",
		longest:                         longest,
		longest + "8":                   "longer than",
		long + ":80":                    "longer than",
		"http://" + long + ":80":        "longer than",
		"http://a:80\r\nX-Header: evil": "not an address",
	} {
		got, err := ParseAddress(text, "http")
		if strings.HasPrefix(want, "http") {
			if err != nil || got != want {
				t.Errorf("%q is %q, %v; want %q", text, got, err, want)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "such as processor-1.example:8080") {
			t.Errorf("%q is %q, %v; want an error with %q and what is right", text, got, err, want)
		}
	}
	if got, err := ParseAddress("a:80", "https"); err != nil || got != "https://a:80" {
		t.Errorf("by https it is %q, %v", got, err)
	}
}

// What is given is given again, is no longer than allowed, and leads to a host alone.
func FuzzParseAddress(f *testing.F) {
	for _, text := range []string{"a:80", "https://[::1]:80/", "http://u:p@a:1", "a:80#", "http://a:80/%2e%2e", "[::1%lo]:3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, err := ParseAddress(text, "http")
		if err != nil {
			return
		}
		if again, err := ParseAddress(address, "https"); err != nil || again != address || len(address) > MaxAddressBytes {
			t.Fatalf("%q of %q is %q, %v", address, text, again, err)
		}
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || (&url.URL{Scheme: u.Scheme, Host: u.Host}).String() != address {
			t.Fatalf("%q of %q is %+v, %v", address, text, u, err)
		}
	})
}

func TestAdvertise(t *testing.T) {
	port := &net.TCPAddr{IP: net.IPv4zero, Port: 8081}
	for name, c := range map[string]struct {
		given, listen, hostname, scheme, want string
	}{
		"given":                    {given: "a.example:80", listen: ":8081", hostname: "h", scheme: "https", want: "https://a.example:80"},
		"given with its scheme":    {given: "http://a.example:80", listen: ":8081", scheme: "https", want: "http://a.example:80"},
		"a concrete address":       {listen: "10.0.0.7:8081", hostname: "h", scheme: "http", want: "http://10.0.0.7:8081"},
		"a name, as certificates":  {listen: "a.example:8081", hostname: "h", scheme: "https", want: "https://a.example:8081"},
		"any port":                 {listen: "127.0.0.1:0", hostname: "h", scheme: "http", want: "http://127.0.0.1:8081"},
		"a named port":             {listen: "10.0.0.7:http-alt", hostname: "h", scheme: "http", want: "http://10.0.0.7:8081"},
		"all interfaces":           {listen: ":8081", hostname: "h", scheme: "http", want: "http://h:8081"},
		"all of IPv4":              {listen: "0.0.0.0:0", hostname: "H", scheme: "http", want: "http://h:8081"},
		"all of IPv6":              {listen: "[::]:8081", hostname: "h", scheme: "http", want: "http://h:8081"},
		"a machine without a name": {listen: ":8081", scheme: "http", want: ""},
		"a name that is none":      {listen: ":8081", hostname: "a b", scheme: "http", want: ""},
	} {
		if got, err := Advertise(&Listening{c.given, c.listen, port, c.hostname, c.scheme}); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if got, err := Advertise(&Listening{"0.0.0.0:80", ":8081", port, "h", "http"}); err == nil || !strings.HasPrefix(err.Error(), `--advertise "0.0.0.0:80": all interfaces`) {
		t.Errorf("what cannot be is %q, %v", got, err)
	}
	if got, err := Advertise(&Listening{"", "/run/socket", &net.UnixAddr{}, "h", "http"}); err != nil || got != "" {
		t.Errorf("a socket of the machine's own is %q, %v", got, err)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"http://127.0.0.1:80": true, "http://127.9.9.9:80": true, "http://[::1]:80": true, "http://[::ffff:127.0.0.1]:80": true, "http://localhost:80": true,
		"http://10.0.0.7:80": false, "http://a.example:80": false, "": false,
	} {
		if got := Loopback(address); got != want {
			t.Errorf("%q leads to the machine itself: %v", address, got)
		}
	}
}
