using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Binlog.MySql.Tests.Fakes;
using Binlog.MySql.Tests.Tls;

namespace Binlog.MySql.Tests.Authentication;

public sealed class AuthenticationTests : IDisposable
{
    private static readonly RSA Key = RSA.Create(2048);

    private readonly TestCertificates _files = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("mysql_native_password", "secret")]
    [InlineData("mysql_native_password", "")]
    [InlineData("caching_sha2_password", "secret")]
    [InlineData("caching_sha2_password", "")]
    [InlineData("sha256_password", "")]
    public async Task OpenAsync_OneExchange_LogsIn(string plugin, string password)
    {
        await using var server = new FakeMySqlServer { Plugin = plugin, Password = password };
        await OpenAndCloseAsync(server.Options);
        await AssertDeniedAsync(server.Options with { Password = "wrong" }, server);
    }

    [Theory]
    [InlineData("caching_sha2_password")]
    [InlineData("sha256_password")]
    public async Task OpenAsync_FullExchangeWithServersKey_LogsIn(string plugin)
    {
        await using var server = new FakeMySqlServer { Plugin = plugin, Key = Key, Password = new string('p', 60) };
        await OpenAndCloseAsync(server.Options);
        await AssertDeniedAsync(server.Options with { Password = "wrong" }, server);

        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(server.Options with { AllowPublicKeyRetrieval = false }, Token));
        Assert.Equal(2061, e.Code);
        Assert.Contains("ServerPublicKeyFile", e.Message, StringComparison.Ordinal);

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Key.ExportSubjectPublicKeyInfoPem(), Token);
        await OpenAndCloseAsync(server.Options with { AllowPublicKeyRetrieval = false, ServerPublicKeyFile = file });
        await File.WriteAllTextAsync(file, "no key", Token);
        e = await Assert.ThrowsAsync<MySqlProtocolException>(() => MySqlConnection.OpenAsync(server.Options with { ServerPublicKeyFile = file }, Token));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        File.Delete(file);
        e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(server.Options with { ServerPublicKeyFile = file }, Token));
        Assert.Contains("ServerPublicKeyFile", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("caching_sha2_password")]
    [InlineData("sha256_password")]
    public async Task OpenAsync_FullExchangeOverTls_SendsThePasswordItself(string plugin)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(_files.ServerCertFile, _files.ServerKeyFile);
        await using var server = new FakeMySqlServer { Plugin = plugin, Key = Key, Certificate = certificate };
        await OpenAndCloseAsync(server.Options with { Tls = MySqlTlsMode.VerifyFull, CaFile = _files.CaFile });
        await AssertDeniedAsync(server.Options with { Tls = MySqlTlsMode.Required, Password = "wrong" }, server);
    }

    [Fact]
    public async Task OpenAsync_SwitchToNative_AnswersItsNonce()
    {
        await using var server = new FakeMySqlServer { Plugin = "some_plugin_of_tomorrow" };
        server.Authenticate = async connection =>
        {
            Assert.Equal("mysql_native_password", connection.Login!.Plugin);
            await connection.WriteAsync(FakePackets.AuthSwitch("mysql_native_password", [.. FakePackets.Nonce, 0]));
            return (await connection.ReadAsync()).AsSpan().SequenceEqual(FakeAuthentication.Native(server.Password));
        };
        await OpenAndCloseAsync(server.Options);
    }

    [Fact]
    public async Task OpenAsync_SwitchToCachingSha2_RunsItsFullExchange()
    {
        await using var server = new FakeMySqlServer { Plugin = "mysql_native_password" };
        server.Authenticate = async connection =>
        {
            await connection.WriteAsync(FakePackets.AuthSwitch("caching_sha2_password", [.. FakePackets.Nonce, 0]));
            Assert.Equal(FakeAuthentication.Sha2Scramble(server.Password), await connection.ReadAsync());
            return await FakeAuthentication.FullAsync(connection, server.Password, Key);
        };
        await OpenAndCloseAsync(server.Options);
    }

    [Fact]
    public async Task OpenAsync_SwitchWithEmptyPassword_AnswersWithAnEmptyPacket()
    {
        await using var server = new FakeMySqlServer { Password = "" };
        server.Authenticate = async connection =>
        {
            await connection.WriteAsync(FakePackets.AuthSwitch("mysql_native_password", [.. FakePackets.Nonce, 0]));
            return (await connection.ReadAsync()).Length == 0;
        };
        await OpenAndCloseAsync(server.Options);
    }

    [Fact]
    public async Task OpenAsync_ClearPassword_OnlyWhenAllowedAndEncrypted()
    {
        using var certificate = X509Certificate2.CreateFromPemFile(_files.ServerCertFile, _files.ServerKeyFile);
        await using var server = new FakeMySqlServer { Plugin = "mysql_clear_password", Certificate = certificate };
        server.Authenticate = async connection =>
        {
            Assert.NotEqual("mysql_clear_password", connection.Login!.Plugin);
            await connection.WriteAsync(FakePackets.AuthSwitch("mysql_clear_password", []));
            return (await connection.ReadAsync()).AsSpan().SequenceEqual("secret\0"u8);
        };
        await OpenAndCloseAsync(server.Options with { Tls = MySqlTlsMode.Required, AllowCleartextPassword = true });

        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(server.Options with { Tls = MySqlTlsMode.Required }, Token));
        Assert.Contains("AllowCleartextPassword", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(server.Options with { AllowCleartextPassword = true }, Token));
        Assert.Contains("isn't encrypted", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dialog")]
    [InlineData("auth_gssapi_client")]
    [InlineData("parsec")]
    public async Task OpenAsync_PluginNotSupported_NamesItAndThoseThatAre(string plugin)
    {
        await using var server = new FakeMySqlServer();
        server.Authenticate = async connection =>
        {
            await connection.WriteAsync(FakePackets.AuthSwitch(plugin, [1, 2, 3]));
            await connection.ReadAsync();
            return false;
        };
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(server.Options, Token));
        Assert.Equal(2061, e.Code);
        Assert.Contains(plugin, e.Message, StringComparison.Ordinal);
        Assert.Contains("caching_sha2_password", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xFE })] // the switch of MySQL 4.0
    [InlineData(new byte[] { 0x05, 1, 2 })]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x01 })]
    [InlineData(new byte[] { 0x01, 0x09 })]
    public async Task OpenAsync_NonsenseWhileAuthenticating_IsOneTypedError(byte[] payload)
    {
        await using var server = new FakeMySqlServer();
        server.Authenticate = async connection =>
        {
            await connection.WriteAsync(payload);
            await connection.ReadAsync();
            return true;
        };
        await Assert.ThrowsAnyAsync<MySqlException>(() => MySqlConnection.OpenAsync(server.Options, Token));
    }

    [Fact]
    public async Task OpenAsync_EndlessSwitching_IsGivenUp()
    {
        await using var server = new FakeMySqlServer();
        server.Authenticate = async connection =>
        {
            while (true)
            {
                await connection.WriteAsync(FakePackets.AuthSwitch("mysql_native_password", [.. FakePackets.Nonce, 0]));
                await connection.ReadAsync();
            }
        };
        var e = await Assert.ThrowsAsync<MySqlProtocolException>(() => MySqlConnection.OpenAsync(server.Options, Token));
        Assert.Contains("without an end", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_DataSentBeforeTlsBegins_IsRefused()
    {
        var packets = FakePackets.Packet(0, FakePackets.Greeting(capabilities: FakePackets.Capabilities | MySql.Protocol.ProtocolCapabilities.Tls));
        await using var server = new FakeMySqlServer
        {
            Script = async connection =>
            {
                await connection.WriteRawAsync((byte[])[.. packets, .. FakePackets.Packet(2, FakePackets.Ok())]);
                await connection.ReadAsync();
            },
        };
        var e = await Assert.ThrowsAsync<MySqlProtocolException>(() => MySqlConnection.OpenAsync(server.Options with { Tls = MySqlTlsMode.Preferred }, Token));
        Assert.Contains("tampering", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_Login_SaysUtf8Mb4AndOffersNoFiles()
    {
        await using var server = new FakeMySqlServer();
        FakeLogin? login = null;
        server.Authenticate = connection =>
        {
            login = connection.Login;
            return FakeAuthentication.FastAsync(connection, connection.Login!.AuthData, server.Password);
        };
        await OpenAndCloseAsync(server.Options with { Database = "d", Attributes = new Dictionary<string, string> { ["program_name"] = "tests" } });
        Assert.Equal((46, "u", "d", "tests"), (login!.Collation, login.User, login.Database, login.Attributes["program_name"]));
        Assert.True(login.Capabilities.HasFlag(MySql.Protocol.ProtocolCapabilities.FoundRows));
        Assert.False(login.Capabilities.HasFlag(MySql.Protocol.ProtocolCapabilities.LocalFiles));
    }

    private static async Task OpenAndCloseAsync(MySqlConnectionOptions options)
    {
        await using var connection = await MySqlConnection.OpenAsync(options, Token);
        Assert.True(connection.IsOpen);
    }

    private static async Task AssertDeniedAsync(MySqlConnectionOptions options, FakeMySqlServer server)
    {
        Assert.NotEqual(options.Password, server.Password);
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(options, Token));
        Assert.Equal(1045, e.Code);
    }
}
