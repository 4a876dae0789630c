import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;

/** Asks for a URL with both of Java's clients, prints the body once, and tries to go elsewhere. */
public class Unmodified {
    public static void main(String[] words) throws Exception {
        String[] headers = Arrays.copyOfRange(words, 2, words.length);
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(words[0])).headers(headers).build();
        System.out.println(client.send(request, BodyHandlers.ofString()).body());

        HttpURLConnection older = (HttpURLConnection) new URL(words[0]).openConnection();
        for (int i = 0; i < headers.length; i += 2) {
            older.setRequestProperty(headers[i], headers[i + 1]);
        }
        if (older.getResponseCode() != 200) {
            throw new IOException("HttpURLConnection was answered " + older.getResponseCode());
        }

        HttpRequest away = HttpRequest.newBuilder(URI.create(words[1])).build();
        try {
            client.send(away, BodyHandlers.ofString());
            throw new IllegalStateException("reached " + words[1]);
        } catch (IOException refused) {
            // as it should be
        }
    }
}
