// A client of Go's standard library, with the vendor's address built in.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

func get(url string, headers map[string]string) (string, error) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return "", err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func main() {
	headers := map[string]string{}
	if err := json.Unmarshal([]byte(os.Args[3]), &headers); err != nil {
		panic(err)
	}
	get(os.Args[2], headers)
	body, err := get(os.Args[1], headers)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(body)
}
