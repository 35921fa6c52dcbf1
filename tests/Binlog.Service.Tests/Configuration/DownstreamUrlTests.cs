using Binlog.Service.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.Service.Tests.Configuration;

public sealed class DownstreamUrlTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("sqlite:target.db", "target.db")]
    [InlineData("SQLite:a b%20c.db", "a b%20c.db")]
    public void TryParse_Sqlite_TakesTheFileAsItIs(string text, string file)
    {
        var options = Valid(text).Options;

        Assert.Equal(new DownstreamOptions { Type = DownstreamType.Sqlite, File = _directory.Combine(file) }, options);
    }

    [Theory]
    [InlineData("mysql://root@db1", "root", "", "db1", 3306)]
    [InlineData("mysql://root:@db1:3307", "root", "", "db1", 3307)]
    [InlineData("mysql://u%40x:p%3Aw%2F%3F%25%C3%A4@[::1]:3306", "u@x", "p:w/?%ä", "::1", 3306)]
    [InlineData("mysql://u:a:b/c?d#e@10.0.0.1:1", "u", "a:b/c?d#e", "10.0.0.1", 1)]
    [InlineData("MYSQL://u:+@[2001:db8::1]", "u", "+", "2001:db8::1", 3306)]
    public void TryParse_MySql_DecodesEveryPart(string text, string user, string password, string host, int port)
    {
        var options = Valid(text).Options;

        Assert.Equal(
            new DownstreamOptions { Type = DownstreamType.MySql, User = user, Password = new Secret(password), Host = host, Port = port },
            options);
    }

    [Fact]
    public void TryParse_TlsParameters_AreRead()
    {
        var ca = _directory.Write("my ca.pem", "");
        _directory.Write("c", "");

        var tls = Valid("mysql://u:p@h?tls=verifyCa&ca=my%20ca.pem&cert=c&key=c").Options.Tls;

        Assert.Equal(new TlsOptions { Mode = TlsMode.VerifyCa, CaFile = ca, CertFile = _directory.Combine("c"), KeyFile = _directory.Combine("c") }, tls);
    }

    [Theory]
    [InlineData("", "it starts neither with sqlite: nor with mysql://")]
    [InlineData("postgres://u:hunter2@h", "it starts neither with sqlite: nor with mysql://")]
    [InlineData("sqlite:", "the file is missing after sqlite:")]
    [InlineData("sqlite:///x.db", "without //")]
    [InlineData("mysql://", "the user is missing")]
    [InlineData("mysql://h:3306", "the user is missing")]
    [InlineData("mysql://@h:3306", "the user is missing")]
    [InlineData("mysql://:hunter2@h:3306", "the user is empty")]
    [InlineData("mysql://u:hunter2@x@h:3306", "write an @ of user or password as %40")]
    [InlineData("mysql://u:hunter2%@h", "write a % itself as %25")]
    [InlineData("mysql://u:hunter2%zz@h", "write a % itself as %25")]
    [InlineData("mysql://u:hunter2%ff@h", "percent-encoded UTF-8")]
    [InlineData("mysql://u:hunter2@", "the host is missing")]
    [InlineData("mysql://u:hunter2@h:0", "port 0")]
    [InlineData("mysql://u:hunter2@h:x", "the port \"x\" is not an integer")]
    [InlineData("mysql://u:hunter2@h/db", "nothing may follow host:port but ?tls=")]
    [InlineData("mysql://u:hunter2@h?ssl=1", "there are tls, ca, cert and key")]
    [InlineData("mysql://u:hunter2@h?tls=on", "parameter tls is \"on\", expected one of preferred, disabled, required, verifyCa, verifyFull")]
    [InlineData("mysql://u:hunter2@h?tls", "parameter tls is empty")]
    [InlineData("mysql://u:hunter2@h?tls=required&tls=required", "given twice")]
    [InlineData("mysql://u:hunter2@h?ca=nope.pem", "nope.pem of parameter ca doesn't exist")]
    public void TryParse_Malformed_SaysWhatIsWrongWithoutThePassword(string text, string expected)
    {
        Assert.False(DownstreamUrl.TryParse(text, _directory.Path, out var url, out var problem));

        Assert.Null(url);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_CertificateWithoutKey_IsRefused()
    {
        _directory.Write("c", "");

        Assert.False(DownstreamUrl.TryParse("mysql://u@h?cert=c", _directory.Path, out _, out var problem));
        Assert.Equal("parameters cert and key are of no use without each other", problem);
    }

    [Fact]
    public void ToString_WithPassword_MasksIt()
    {
        Assert.Equal("mysql://u%20u:******@h:3306?tls=required", Valid("mysql://u%20u:hunter2@h?tls=required").ToString());
        Assert.Equal("mysql://u@h:3306", Valid("mysql://u@h").ToString());
    }

    [Fact]
    public void Reveal_AnyUserAndPassword_IsReadBack() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonEmptyString>(),
            ArbMap.Default.ArbFor<UnicodeString>(),
            (user, password) =>
            {
                var (name, secret) = (Scalars(user.Get), Scalars(password.Get ?? ""));
                var url = new DownstreamUrl(new DownstreamOptions
                {
                    Type = DownstreamType.MySql, User = name, Password = new Secret(secret), Host = "::1", Port = 3307,
                });

                return name.Length == 0 || Valid(url.Reveal()).Options == url.Options;
            }).QuickCheckThrowOnFailure();

    /// <summary>Drops lone surrogates, which no UTF-8 text can hold.</summary>
    private static string Scalars(string text) => string.Concat(text.EnumerateRunes().Where(r => r.Value != 0xFFFD));

    private DownstreamUrl Valid(string text)
    {
        Assert.True(DownstreamUrl.TryParse(text, _directory.Path, out var url, out var problem), problem);
        return url;
    }
}
