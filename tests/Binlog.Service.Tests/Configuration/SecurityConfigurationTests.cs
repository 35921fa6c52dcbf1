using Binlog.Service.Tests.Security;

namespace Binlog.Service.Tests.Configuration;

public sealed class SecurityConfigurationTests : ConfigurationTest
{
    private readonly NodeCertificates _certificates = new();

    [Fact]
    public void Load_WholeSection_ServesAndConnectsWithIt()
    {
        (string cert, string key) = _certificates.Issue("node");

        var security = Valid(Json($$"""{ "caFile": "{{_certificates.CaFile}}", "certFile": "{{cert}}", "keyFile": "{{key}}", "allowedCommonNames": ["TiDB", "drainer 1"] }""")).Security;

        Assert.Equal((_certificates.CaFile, cert, key), (security.CaFile, security.CertFile, security.KeyFile));
        Assert.Equal(["TiDB", "drainer 1"], security.AllowedCommonNames);
        Assert.Equal((cert, key), (security.Server?.CertFile, security.Server?.KeyFile));
        Assert.Equal((_certificates.CaFile, cert), (security.Client?.CaFile, security.Client?.CertFile));
    }

    [Fact]
    public void Load_NoSection_IsCleartext()
    {
        var security = Valid("""{ "pump": {} }""").Security;

        Assert.Null(security.Server);
        Assert.Null(security.Client);
        Assert.Empty(security.AllowedCommonNames);
    }

    [Fact]
    public void Load_CommonNamesOnCommandLine_AreSeparatedByCommas()
    {
        (string cert, string key) = _certificates.Issue("node");

        var security = Valid(
            """{ "pump": {} }""", null, $"--security:caFile={_certificates.CaFile}", $"--security:certFile={cert}", $"--security:keyFile={key}", "--security:allowedCommonNames=a, b").Security;

        Assert.Equal(["a", "b"], security.AllowedCommonNames);
    }

    [Theory]
    [InlineData("caFile", new[] { "security.certFile: missing, and security.caFile is of no use without it", "security.keyFile: missing" })]
    [InlineData("certFile", new[] { "security.caFile: missing, and security.certFile is of no use without it", "security.keyFile: missing" })]
    [InlineData("keyFile", new[] { "security.caFile: missing, and security.keyFile is of no use without it", "security.certFile: missing" })]
    public void Load_OneFileAlone_NamesTheOthers(string name, string[] expected)
    {
        (string cert, string key) = _certificates.Issue("node");
        string file = name switch { "caFile" => _certificates.CaFile, "certFile" => cert, _ => key };

        var errors = Load(Json($$"""{ "{{name}}": "{{file}}" }""")).Errors;

        Assert.Equal(expected.Length, errors.Count);
        Assert.All(expected.Zip(errors), pair => Assert.StartsWith(pair.First, pair.Second.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Load_KeyOfAnotherCertificate_Refused()
    {
        (string cert, _) = _certificates.Issue("node");
        (_, string key) = _certificates.Issue("other");

        string error = TheError(Json($$"""{ "caFile": "{{_certificates.CaFile}}", "certFile": "{{cert}}", "keyFile": "{{key}}" }"""));

        Assert.StartsWith("security.keyFile (binlogd.json line 1", error, StringComparison.Ordinal);
        Assert.Contains($"expected the unencrypted PEM private key of CN=node in {cert}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("caFile")]
    [InlineData("certFile")]
    [InlineData("keyFile")]
    public void Load_NotPem_NamesTheFile(string broken)
    {
        (string cert, string key) = _certificates.Issue("node");
        File.WriteAllText(PathOf("broken.pem"), "no PEM");
        var files = new Dictionary<string, string> { ["caFile"] = _certificates.CaFile, ["certFile"] = cert, ["keyFile"] = key, [broken] = PathOf("broken.pem") };

        string error = TheError(Json("{" + string.Join(',', files.Select(file => $"\"{file.Key}\": \"{file.Value}\"")) + "}"));

        Assert.StartsWith($"security.{broken} (", error, StringComparison.Ordinal);
        Assert.Contains($"{PathOf("broken.pem")} can't be used", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFile_Refused() =>
        Assert.Contains(Load(Json("""{ "caFile": "nowhere.pem" }""")).Errors, error => error.ToString().Contains("nowhere.pem doesn't exist", StringComparison.Ordinal));

    [Fact]
    public void Load_CommonNamesWithoutTls_Refused() =>
        Assert.StartsWith("security.allowedCommonNames (binlogd.json line 1, column 29): of no use without TLS.", TheError(Json("""{ "allowedCommonNames": ["a"] }""")), StringComparison.Ordinal);

    [Theory]
    [InlineData("[1]", "the array has something else than texts", true)]
    [InlineData("[\"a,b\"]", "found an array, expected a list", false)]
    [InlineData("[\" \"]", "found an array, expected a list", false)]
    [InlineData("7", "found 7, expected a list", false)]
    [InlineData("[[\"a\"]]", "the array has something else than texts", true)]
    public void Load_CommonNamesOfAnotherShape_Refused(string json, string expected, bool isReason)
    {
        string error = string.Join('\n', Load(Json($$"""{ "allowedCommonNames": {{json}} }""")).Errors);

        Assert.Contains(expected, error, isReason ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
    }

    private static string Json(string security) => $$"""{ "pump": {}, "security": {{security}} }""";
}
