using Binlog.MySql.Tests.Tls;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.MySql.Tests.RealServer;

public sealed class TlsTests : IAsyncLifetime
{
    private readonly TestCertificates _certificates = new();
    private MariaDbServer? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (MariaDbServer.IsAvailable(out _))
        {
            _server = await MariaDbServer.StartAsync(new MariaDbOptions
            {
                TlsCaFile = _certificates.CaFile,
                TlsCertFile = _certificates.ServerCertFile,
                TlsKeyFile = _certificates.ServerKeyFile,
                InitStatements = ["CREATE USER IF NOT EXISTS certified@'%' IDENTIFIED BY 'c' REQUIRE X509;"],
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _certificates.Dispose();
    }

    [Theory]
    [InlineData(MySqlTlsMode.Disabled, false)]
    [InlineData(MySqlTlsMode.Preferred, true)]
    [InlineData(MySqlTlsMode.Required, true)]
    [InlineData(MySqlTlsMode.VerifyCa, true)]
    [InlineData(MySqlTlsMode.VerifyFull, true)]
    public async Task OpenAsync_ServerWithTls_EncryptsAsAsked(MySqlTlsMode mode, bool encrypted)
    {
        await using var connection = await MySqlConnection.OpenAsync(
            Options with { Tls = mode, CaFile = mode >= MySqlTlsMode.VerifyCa ? _certificates.CaFile : null }, Token);
        Assert.Equal(encrypted, connection.Server.IsEncrypted);
        await using var reader = await connection.QueryAsync("SHOW STATUS LIKE 'Ssl_cipher'", Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(encrypted, reader.GetString(1)!.Length > 0);
    }

    [Fact]
    public async Task OpenAsync_OtherAuthority_IsRefusedWithAdvice()
    {
        using var others = new TestCertificates();
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(Options with { Tls = MySqlTlsMode.VerifyCa, CaFile = others.CaFile }, Token));
        Assert.Equal((2026, false), (e.Code, e.IsTransient));
        Assert.Contains(others.CaFile, e.Message, StringComparison.Ordinal);

        e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(Options with { Tls = MySqlTlsMode.VerifyCa }, Token));
        Assert.Contains("Name the server's authority in CaFile", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NameNotInCertificate_IsRefusedByVerifyFullOnly()
    {
        Capability.RequireMariaDb();
        using var named = new TestCertificates("db.example.org", withLoopbackAddress: false);
        await using var server = await MariaDbServer.StartAsync(
            new MariaDbOptions { TlsCaFile = named.CaFile, TlsCertFile = named.ServerCertFile, TlsKeyFile = named.ServerKeyFile }, Token);
        var options = SharedMariaDb.OptionsFor(server) with { CaFile = named.CaFile };
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(options with { Tls = MySqlTlsMode.VerifyFull }, Token));
        Assert.Contains("isn't for the host name 127.0.0.1", e.Message, StringComparison.Ordinal);
        await using var connection = await MySqlConnection.OpenAsync(options with { Tls = MySqlTlsMode.VerifyCa }, Token);
        Assert.True(connection.Server.IsEncrypted);
    }

    [Fact]
    public async Task OpenAsync_AccountThatNeedsClientCertificate_IsLetInWithIt()
    {
        var options = Options with { User = "certified", Password = "c", Tls = MySqlTlsMode.VerifyFull, CaFile = _certificates.CaFile };
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(options, Token));
        Assert.Equal(1045, e.Code);
        await using var connection = await MySqlConnection.OpenAsync(
            options with { CertFile = _certificates.ClientCertFile, KeyFile = _certificates.ClientKeyFile }, Token);
        Assert.StartsWith("certified@", await connection.QueryScalarAsync("SELECT CURRENT_USER()", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_FilesThatAreNotUsable_AreNamed()
    {
        var missing = Path.Combine(Path.GetTempPath(), "not-there.pem");
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(Options with { Tls = MySqlTlsMode.VerifyCa, CaFile = missing }, Token));
        Assert.Contains(missing, e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(
            Options with { Tls = MySqlTlsMode.Required, CertFile = _certificates.ClientCertFile, KeyFile = _certificates.CaFile }, Token));
        Assert.Contains("KeyFile", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipeline_OverTls_AnswersEach()
    {
        await using var connection = await MySqlConnection.OpenAsync(Options with { Tls = MySqlTlsMode.Required }, Token);
        var pipeline = connection.CreatePipeline();
        for (var i = 0; i < 100; i++)
        {
            pipeline.Add(System.Text.Encoding.UTF8.GetBytes($"SELECT '{new string('x', 200_000)}'"));
        }

        var result = await pipeline.ExecuteAsync(Token);
        Assert.Equal((100, -1), (result.Count, result.FailedIndex));
    }

    private MySqlConnectionOptions Options
    {
        get
        {
            Capability.RequireMariaDb();
            return SharedMariaDb.OptionsFor(_server!);
        }
    }
}
