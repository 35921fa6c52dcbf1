using System.CommandLine;
using Binlog.Grpc;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands;

/// <summary>The options of a verb that connects to nodes which serve TLS: three files, all or none.</summary>
internal sealed class TlsArguments(OptionFactory options)
{
    private readonly Option<string> _ca = options.Optional("--tls-ca", "FILE", "PEM file of the authorities of the Pumps' certificates; with it the connections are TLS.", new PathType { MustExist = true })!;
    private readonly Option<string> _cert = options.Optional("--tls-cert", "FILE", "PEM file of the certificate to present.", new PathType { MustExist = true })!;
    private readonly Option<string> _key = options.Optional("--tls-key", "FILE", "PEM file of its private key.", new PathType { MustExist = true })!;

    /// <summary>Adds the options, and the check that none is missing.</summary>
    public void AddTo(Command command)
    {
        command.Add(_ca);
        command.Add(_cert);
        command.Add(_key);
        command.Validators.Add(result =>
        {
            Option<string>[] missing = [.. new[] { _ca, _cert, _key }.Where(option => result.GetResult(option) is null)];
            if (missing.Length is 1 or 2)
            {
                result.AddError($"{missing[0].Name} is missing: TLS needs --tls-ca, --tls-cert and --tls-key.");
            }
        });
    }

    /// <summary>What was given; null when nothing was.</summary>
    public GrpcTls? Of(ParseResult result) => result.GetValue(_ca) is { } ca
        ? new GrpcTls { CaFile = ca, CertFile = result.GetValue(_cert), KeyFile = result.GetValue(_key) }
        : null;
}
